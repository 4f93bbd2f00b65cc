"""A whole batch of certificates, approved at once and issued by a real worker and beat. `--batch 10000`."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from certificates import batches, logbook
from certificates.models import Certificate, LogEntry
from exams.models import Attempt, Exam
from lms.users.models import User
from tests.factories.certificates import make_exam
from tools.bench import environment, rows

WORKERS = 2
LOOK_SECONDS = 10  # how often the progress is printed, as the page would show it
PATIENCE_SECONDS = 120  # without a single certificate


def main(*, number: int, folder: Path) -> int:
    """Approve, wait until the workers are done, and print how fast it went."""
    call_command("migrate", verbosity=0)
    rows.make_keys()
    settings.CERTIFICATE_APPROVAL = True  # the workers get it by their environment
    make_waiting(number=number, exam=make_exam())
    officer = User.objects.create_user("officer@example.com", secrets.token_urlsafe())
    began = time.monotonic()
    batch = batches.approve(attempts=None, person=officer, now=timezone.now())
    print(f"同意 {batch.total:,} 份，用时 {time.monotonic() - began:.1f} 秒")
    with workers(folder=folder):
        began = time.monotonic()
        while batch.finished_at is None:
            time.sleep(LOOK_SECONDS)
            batch.refresh_from_db()
            done, after = batches.progress(batch=batch), time.monotonic() - began
            print(f"{after:5.0f} 秒　{done.percent:3d}%　已签发 {done.issued:,}，没有签发 {done.refused:,}", flush=True)
            if done.done == 0 and after > PATIENCE_SECONDS:
                raise SystemExit((folder / "celery.log").read_text()[-2000:])
        took = time.monotonic() - began
        while LogEntry.objects.waiting().exists():
            time.sleep(1)
        logged = time.monotonic() - began
    issued, findings = Certificate.objects.count(), len(list(logbook.audit()))
    print(f"{issued:,} 张，{took:.0f} 秒，每秒 {issued / took:.0f} 张；{logged:.0f} 秒后全部入日志")
    print(f"审计发现 {findings} 处不符")
    return 0 if issued == number and not findings else 1


def make_waiting(*, number: int, exam: Exam) -> None:
    """Make people with an identity who have passed a moment ago."""
    now = timezone.now()
    Attempt.objects.bulk_create(
        (
            Attempt(
                exam=exam,
                candidate=user,
                number=1,
                status=Attempt.Status.MARKED,
                paper=[],
                total_centi=100_00,
                pass_centi=70_00,
                started_at=now - timedelta(hours=1),
                deadline_at=now + timedelta(hours=1),
                closed_at=now,
                closed_by=Attempt.ClosedBy.CANDIDATE,
                receipt_number=f"B{user.pk}",
                points_centi=85_00,
                has_passed=True,
                rule_version="1",
            )
            for user in rows.make_users(number=number, exam=exam, now=now)
        ),
        batch_size=1000,
    )


@contextlib.contextmanager
def workers(*, folder: Path) -> Iterator[None]:
    """Run a worker and the beat as docs/operations.md says."""
    celery = [str(Path(sys.executable).with_name("celery")), "-A", "lms"]
    commands = (
        [*celery, "worker", "--concurrency", str(WORKERS), "--loglevel", "warning"],
        [*celery, "beat", "--schedule", str(folder / "beat"), "--loglevel", "warning"],
    )
    env = os.environ | {"CERTIFICATE_APPROVAL": "1"}
    with (folder / "celery.log").open("wb") as out:
        running = [
            subprocess.Popen(
                command, cwd=environment.ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
            for command in commands
        ]
        try:
            yield
        finally:
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait(60)
