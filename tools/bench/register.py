"""The look-up with a large register: rows and leaves by COPY, then questions over HTTP. `--register 1000000`."""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from certificates import numbering
from certificates.logbook.entries import data_of
from certificates.merkle import hash_leaf
from certificates.models import Certificate, LogEntry, StatusChange, TreeHead
from exams.models import Attempt
from tests.factories.certificates import make_certificate
from tools.bench import environment
from tools.bench.arithmetic import percentile

NAMES = ("张三丰", "李四", "阿依古丽·麦麦提", "欧阳娜娜", "王伟")
YEARS = timedelta(days=2 * 365)  # over which the certificates were issued, one signed head a day
CHUNK = 50_000
LOADERS = 2  # processes that make rows
HITS = 0.8  # of the questions; the rest name a number that nobody has
SAMPLE = 5_000
THREADS = 8


def main(*, rows: int, seconds: float, folder: Path, port: int) -> int:
    """Build, ask, and print the figures with the plans of the two queries that find something."""
    call_command("migrate", verbosity=0)
    began = time.monotonic()
    sample = build(rows)
    print(f"登记簿 {Certificate.objects.count():,} 张，建立用时 {time.monotonic() - began:.0f} 秒")
    with environment.server(folder=folder, port=port):
        ask(sample, port=port, seconds=5)
        times, answers = ask(sample, port=port, seconds=seconds)
    print(
        f"{len(times) / seconds:.0f} 次/秒，p50 {percentile(times, 50):.1f} ms，"
        f"p99 {percentile(times, 99):.1f} ms，{answers}"
    )
    number = sample[0][0]
    print(Certificate.objects.filter(number=number).explain(analyze=True))
    change = StatusChange.objects.filter(certificate__number=number).get()
    print(
        StatusChange.objects.filter(certificate=change.certificate_id).select_related("log_entry").explain(analyze=True)
    )
    return 0


def build(rows: int) -> list[tuple[str, str]]:
    """Fill certificates, changes, leaves and signed heads; return some numbers with their names."""
    now = timezone.now()
    start, step = now - YEARS, YEARS / rows
    model = make_certificate(real_name=NAMES[0], now=start)
    _copy_attempts(model.attempt_id, rows)
    load = partial(_load, model=model, start=start, step=step, every=max(1, rows // SAMPLE))
    connection.close()  # each process opens its own, and inherits no pool
    connection.close_pool()
    with ProcessPoolExecutor(LOADERS, mp_context=get_context("fork")) as pool:
        parts = pool.map(load, [range(n, min(n + CHUNK, rows + 1)) for n in range(1, rows + 1, CHUNK)])
        sample = [pair for part in parts for pair in part]
    TreeHead.objects.bulk_create(
        TreeHead(size=int(timedelta(days=day) / step) + 1, root="", note="", signed_at=start + timedelta(days=day))
        for day in range(1, YEARS.days)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sample


def _load(numbers: range, *, model: Certificate, start: datetime, step: timedelta, every: int) -> list[tuple[str, str]]:
    """Write the rows of some certificates; return every so manieth number with its name."""
    made = list(_rows(numbers, model, start, step))
    for table, index in ((Certificate, 0), (StatusChange, 1), (LogEntry, 2)):
        _copy(table, (row[index] for row in made))
    return [(row[0].number, row[0].holder_name) for row in made[::every]]


def _rows(
    numbers: range, model: Certificate, start: datetime, step: timedelta
) -> Iterator[tuple[Certificate, StatusChange, LogEntry]]:
    fields = {field.attname: getattr(model, field.attname) for field in _table(Certificate)[1]}
    for n in numbers:
        at = start + n * step
        certificate = Certificate(
            **fields
            | {
                "id": model.pk + n,
                "attempt_id": model.attempt_id + n,
                "number": numbering.draw(year=at.year),
                "status_bit": n,
                "holder_name": random.choice(NAMES),  # noqa: S311  # no secret
                "issued_date": timezone.localdate(at),
                "valid_until": timezone.localdate(at) + timedelta(days=1094),
                "issued_at": at,
            }
        )
        change = StatusChange(
            id=certificate.pk,
            certificate=certificate,
            from_status="",
            to_status="VALID",
            reason_class="PASSED",
            reason="考试合格，自动签发",
            changed_at=at,
        )
        data = data_of(change)
        leaf = hash_leaf(data.encode()).hex()
        yield (
            certificate,
            change,
            LogEntry(id=certificate.pk, change=change, data=data, leaf=leaf, position=n, sequenced_at=at),
        )


def _table(model: type[Model]) -> tuple[str, list[Any]]:
    meta = model._meta  # noqa: SLF001  # Django documents it
    return meta.db_table, list(meta.concrete_fields)


def _copy(model: type[Model], rows: Iterator[object]) -> None:
    table, fields = _table(model)
    listed = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as stream:
        for row in rows:
            stream.write_row([getattr(row, field.attname) for field in fields])


def _copy_attempts(pk: int, rows: int) -> None:
    """Multiply one attempt: each certificate rests on one of its own. What keeps their numbers apart is put aside."""
    columns = [field.column for field in _table(Attempt)[1]]
    listed = ", ".join(f'"{name}"' for name in columns)
    chosen = ", ".join(f"{pk} + g" if name == "id" else f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'exams_attempt' AND indexdef LIKE 'CREATE UNIQUE%'"
            " AND indexname NOT LIKE '%pkey'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE exams_attempt DROP CONSTRAINT IF EXISTS "{name}"')
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')
        cursor.execute(
            f"INSERT INTO exams_attempt ({listed}) SELECT {chosen} FROM exams_attempt, generate_series(1, {rows}) g"  # noqa: S608  # names of a model
            f" WHERE id = {pk}"
        )


def ask(sample: list[tuple[str, str]], *, port: int, seconds: float) -> tuple[list[float], dict[str, int]]:
    """Ask from THREADS connections for so long; return milliseconds, and how often each state was the answer."""
    until, times, answers = time.monotonic() + seconds, [], {}
    lock = threading.Lock()

    def run(seed: int) -> None:
        chance, mine = random.Random(seed), []  # noqa: S311  # no secret
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < until:
            number, name = chance.choice(sample)
            if chance.random() > HITS:
                number = numbering.draw(year=2026)
            network = ".".join(str(chance.randrange(1, 250)) for _ in range(4))
            headers = {"Accept": "application/json", "X-Forwarded-Proto": "https", "X-Forwarded-For": network}
            began = time.perf_counter()
            line.request("GET", f"/certificates/verify/?{urlencode({'number': number, 'name': name})}", headers=headers)
            said = json.loads(line.getresponse().read())
            mine.append(((time.perf_counter() - began) * 1000, str(said["status"] or "没有查到")))
        with lock:
            for took, state in mine:
                times.append(took)
                answers[state] = answers.get(state, 0) + 1

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, answers
