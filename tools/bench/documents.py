"""Certificates rendered, and a very large roster checked."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import xlsxwriter

from certificates import numbering, rendering, signing
from certificates.models import Certificate
from certificates.staffing.rosters import entries
from tools.bench.environment import ROOT

MANAGER_EVERY, HOLDER_EVERY = 10, 100  # rows
JOINED = date(2020, 3, 1)


def render(certificates: Sequence[Certificate], *, today: date) -> dict[str, float]:
    """Render and sign each certificate once, after one that fetches fonts and key; `per_s` for each idle core."""
    rendering.refuse_out_of_force(certificate=certificates[0], today=today)
    signing.sign_as_issuer(rendering.print_pdf(certificates[0]))
    wall, cpu = time.perf_counter(), time.process_time()
    printed = [rendering.print_pdf(certificate) for certificate in certificates]
    printing = time.process_time() - cpu
    sizes = [len(signing.sign_as_issuer(pdf)) for pdf in printed]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "per_s": len(sizes) / cpu,
        "cpu_ms": cpu * 1000 / len(sizes),
        "render_ms": printing * 1000 / len(sizes),
        "wall_ms": wall * 1000 / len(sizes),
        "bytes": sum(sizes) / len(sizes),
    }


def check_roster(certificates: Sequence[Certificate], *, rows: int, folder: Path, today: date) -> dict[str, float]:
    """Run `manage.py check_staffing` on a roster of so many rows; return its seconds and its peak memory in MB."""
    path = folder / f"roster-{rows}.xlsx"
    _write(path, certificates, rows=rows, today=today)
    command = [sys.executable, "manage.py", "check_staffing", str(path), "--as-of", today.isoformat(), "--json"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # covered, not covered
        raise RuntimeError(f"check_staffing → {process.returncode}")
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


def _write(path: Path, certificates: Sequence[Certificate], *, rows: int, today: date) -> None:
    """Every tenth person is a service manager, every hundredth names a certificate, ours first, then unknown ones."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        dated, sheet = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_worksheet("花名册")
        sheet.write_row(0, 0, entries.COLUMNS)
        for row in range(1, rows + 1):
            holder, name, number = divmod(row, HOLDER_EVERY), f"职员{row}", ""
            if holder[1] == 0:
                known = certificates[holder[0] - 1] if holder[0] <= len(certificates) else None
                name = known.holder_name if known else name
                number = known.number if known else numbering.draw(year=today.year)
            is_manager = "否" if row % MANAGER_EVERY else "是"
            sheet.write_row(row, 0, [name, f"E{row}", "客户服务中心", f"网点{row % 200}", "基层", "站长", is_manager])
            sheet.write_datetime(row, 7, JOINED, dated)
            sheet.write_string(row, 9, number)
