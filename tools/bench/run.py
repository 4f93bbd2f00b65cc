"""One run of all benchmarks, in order. Imported after Django is set up."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from exams import attempts
from exams.models import Attempt, Exam
from tools.bench import documents, environment, exam_day, inside, limit, machine, report, rows
from tools.bench.arithmetic import exam_day_size
from tools.bench.load import ROOMS

SPARE_SECONDS = 600  # what a load process may take beyond the time it measures


class Run:
    """One run: the site, where it listens, and the report so far."""

    def __init__(self, options: argparse.Namespace, *, folder: Path, port: int) -> None:
        self.options, self.folder, self.port = options, folder, port
        self.host = f"127.0.0.1:{port}"
        self.exam: Exam
        self.group = 0
        self.report: dict[str, Any] = {}

    def all(self) -> dict[str, Any]:
        """Prepare the site, measure everything and return the report."""
        self.report["busy_before"] = machine.busy_share(2)
        say("准备数据库与真实内容")
        self.exam = rows.build_site()
        with environment.server(folder=self.folder, port=self.port) as self.group:
            counts, page_bytes = self.statements()
            self.scenarios()
            for name, count in counts.items():
                self.report[name] |= count
            self.report |= {"page_gzip_bytes": page_bytes, "page_gzip_kb": page_bytes / 1024}
            self.report["exam_day"] = self.exam_day()
        self.documents()
        return self.report

    def statements(self) -> tuple[dict[str, dict[str, int]], int]:
        say("数 SQL 语句")
        (candidate,) = self.candidates(1)
        return inside.statements(exam=self.exam, candidate=candidate, course_path=self.exam.course.get_url())

    def scenarios(self) -> None:
        """Measure the four scenarios, the storage of what they left, and the limit before and after the saves."""
        self.drive("catalogue", [], seconds=0.5)  # warm-up: templates, caches, connections
        people = self.candidates(self.options.candidates)
        earlier, before = Attempt.objects.count(), inside.stored_bytes()
        self.scenario("start_and_page", people)
        self.scenario("hand_in", people)
        for attempt in Attempt.objects.filter(status=Attempt.Status.OPEN).only("pk"):  # those that time was short for
            attempts.hand_in(attempt=attempt, now=timezone.now())
        size = inside.attempt_bytes(finished=Attempt.objects.count() - earlier, before=before)
        self.report |= {"attempt_bytes": size, "attempt_kb": size / 1024}
        limits = [self.limit()]
        rooms = self.candidates(64 if self.options.quick else ROOMS)
        self.scenario("answer_save", rooms)
        limits.append(self.limit())
        saved = self.report["answer_save"]
        saved["p99_to_p50"] = saved["p99_ms"] / saved["p50_ms"] if saved["p50_ms"] else 0
        mean = sum(limits) / len(limits)
        self.report |= {"limit_per_s": mean, "limit_runs": limits, "ratio": saved["per_s"] / mean}
        self.scenario("open_page", rooms)
        self.scenario("catalogue", [])

    def exam_day(self) -> dict[str, Any]:
        """Hold the exam day in the size that the machine promises to hold, or in the sizes that were asked for."""
        total = self.options.minutes * 60
        window = min(60.0, total * 0.4)
        pace = window / 60

        def drive(size: int) -> dict[str, Any]:
            say(f"考试日：{size} 人，{total:.0f} 秒")
            return self.drive("exam_day", self.candidates(size), window=window, total=total, pace=pace)

        if self.options.exam_day:
            return exam_day.search(sorted(self.options.exam_day), drive) | {"pace": pace}
        size = exam_day_size(
            exam_day.SIZES,
            start_per_s=self.report["start_and_page"]["per_s"],
            save_per_s=self.report["answer_save"]["per_s"],
            hand_in_per_s=self.report["hand_in"]["per_s"],
            window=window,
            pace=pace,
        )
        return exam_day.auto(size, drive) | {"pace": pace}

    def documents(self) -> None:
        say("证书与花名册")
        now, today = timezone.now(), timezone.localdate()
        certificates = rows.make_certificates(number=5 if self.options.quick else 40, exam=self.exam, now=now)
        self.report["certificates"] = documents.render(certificates, today=today)
        large = 10_000 if self.options.quick else 100_000
        small, whole = (
            documents.check_roster(certificates, rows=size, folder=self.folder, today=today)
            for size in (large // 10, large)
        )
        growth = whole["seconds"] / small["seconds"]
        self.report["roster"] = whole | {"rows": large, "seconds_at_a_tenth": small["seconds"], "growth": growth}

    def scenario(self, name: str, people: list[dict[str, str]]) -> None:
        say(report.SCENARIOS[name])
        self.report[name] = self.drive(name, people, seconds=self.options.seconds)
        for sample in self.report[name]["samples"]:
            say(f"  出错：{sample}")

    def drive(self, scenario: str, people: list[dict[str, str]], **plan: float) -> dict[str, Any]:
        """Let the second process run a plan, and return what it saw."""
        plan_of_all = plan | {
            "scenario": scenario,
            "candidates": people,
            "exam": self.exam.pk,
            "path": self.exam.course.get_url(),
            "host": self.host,
            "port": self.port,
            "server": self.group,
        }
        done = subprocess.run(
            [sys.executable, "-m", "tools.bench.load"],
            cwd=environment.ROOT,
            input=json.dumps(plan_of_all),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=SPARE_SECONDS + sum(plan.values()),
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def candidates(self, number: int) -> list[dict[str, str]]:
        return rows.make_candidates(number=number, exam=self.exam, host=self.host, now=timezone.now())

    def limit(self) -> float:
        say("pgbench 极限")
        seconds = 1 if self.options.quick else 5
        return limit.per_second(database_url=database_url(), folder=self.folder, seconds=seconds)


def database_url() -> str:
    """Return the address that Django uses, as PostgreSQL's own tools read it."""
    given = settings.DATABASES["default"]
    return f"postgresql://{given['USER']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def say(what: str) -> None:
    print(f"[{timezone.localtime():%H:%M:%S}] {what}", flush=True)


def main(options: argparse.Namespace, *, folder: Path, port: int) -> int:
    """Measure, print the table, write the file. Returns 1 if a request failed or an answer or score was wrong."""
    figures = Run(options, folder=folder, port=port).all()
    options.output.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\n" + "\n".join(report.lines(figures)))
    print(f"全部数字在 {options.output}")
    failed = sum(figures[name]["errors"] for name in report.SCENARIOS)
    return int(bool(failed or figures["exam_day"]["lost"] or figures["exam_day"]["wrong_scores"]))
