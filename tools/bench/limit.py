"""The physical limit: one durable journal insert per transaction, by pgbench, on a copy of the journal's table."""

import re
import subprocess
import sys
from pathlib import Path

from django.db import connection

from exams.models import AnswerEntry
from tools.with_services import find

CLIENTS = 16
# Same columns, indexes and constraints as the journal, the foreign key excepted: the limit is rather too high.
SCRIPT = """\
\\set seq :seq + 1
INSERT INTO bench_answer_copy (attempt_id, seq, "position", answer, client_at, received_at, is_late)
VALUES (:client_id, :seq, :seq % 50, 'B', now(), now(), false)
ON CONFLICT (attempt_id, seq) DO NOTHING RETURNING id;
"""


def per_second(*, database_url: str, folder: Path, seconds: int) -> float:
    """Run pgbench for so long with 16 clients; return its transactions a second."""
    program = find("pgbench")
    if program is None:
        sys.exit("基准测试还缺少 pgbench：请安装 Debian 的 postgresql 包（或 postgresql-contrib）后再试。")
    table = connection.ops.quote_name(AnswerEntry._meta.db_table)  # noqa: SLF001  # Django's documented API
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_answer_copy")
        cursor.execute(f"CREATE TABLE bench_answer_copy (LIKE {table} INCLUDING ALL)")
    script = folder / "limit.sql"
    script.write_text(SCRIPT)
    command = [
        *(program, "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2", f"--time={seconds}"),
        *("--define=seq=0", f"--file={script}", database_url),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(done.stdout + done.stderr)
    return float(found[1])
