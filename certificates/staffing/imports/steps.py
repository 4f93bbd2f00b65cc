"""What happens to an uploaded roster, step by step; each step may be repeated after a crash."""

from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from certificates.staffing import people, rosters, sites, webhooks
from certificates.staffing.imports.comparison import Ambiguous, Comparison, compare
from certificates.staffing.imports.difference import describe
from certificates.staffing.imports.writing import known_people, write
from certificates.staffing.models import Company, RosterImport, Site, WebhookEvent
from certificates.staffing.rosters import Problem, Roster
from lms import private_files
from lms.errors import DomainError
from lms.users.models import User

SMALL_BYTES = 256 * 1024  # read within the request; longer files wait for the sweep
PROBLEMS_KEPT = 500
CLAIM = timedelta(minutes=10)  # longer than the longest roster takes
PROGRESS_SECONDS = 3600
Status = RosterImport.Status


class ImportOpen(DomainError):
    message = "已有一份花名册正在处理或等待确认。请先确认或放弃它，再上传新的。"


class NotConfirmable(DomainError):
    message = "这份花名册不在等待确认。请刷新页面查看。"


def receive(*, company: Company, file_name: str, content: bytes, by: User, now: datetime) -> RosterImport:
    """
    Keep an uploaded roster; a small one is read at once, a large one by the sweep.

    Raises: ImportOpen. Source: docs/rules/companies.md, rule C12.
    """
    with private_files.stored("rosters", {"bin": content}) as names, transaction.atomic():
        locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if RosterImport.objects.of(locked).open().exists():
            raise ImportOpen
        received = RosterImport.objects.create(
            company=locked,
            uploaded_by=by,
            uploaded_at=now,
            file_name=file_name[:200],
            stored_name=names["bin"],
            sha256=private_files.sha256(content),
        )
    if len(content) <= SMALL_BYTES:
        _step(received.pk, now)
        received.refresh_from_db()
    return received


@transaction.atomic
def confirm(
    *, roster_import: RosterImport, is_full: bool, left_on: date | None, judged_since: date | None = None, now: datetime
) -> RosterImport:
    """
    Let the sweep apply what the preview showed; with a full list the missing people leave on `left_on`.

    Changes of who is a service manager hold from `judged_since` on; None corrects what holds today.
    Raises: NotConfirmable. Source: docs/rules/companies.md, rules C13 and C19.
    """
    locked = RosterImport.objects.select_for_update().get(pk=roster_import.pk)
    if locked.status != Status.READ:
        raise NotConfirmable
    locked.status, locked.is_full = Status.CONFIRMED, is_full
    locked.left_on = (left_on or timezone.localdate(now)) if is_full else None
    locked.judged_since, locked.claimed_at = judged_since, None
    locked.save()
    return locked


@transaction.atomic
def discard(*, roster_import: RosterImport, now: datetime) -> RosterImport:
    """Give a roster up before it is applied. Raises: NotConfirmable."""
    locked = RosterImport.objects.select_for_update().get(pk=roster_import.pk)
    if locked.status not in (Status.RECEIVED, Status.READ):
        raise NotConfirmable
    locked.difference = {}
    _finish(locked, Status.DISCARDED, now)
    return locked


def work_off(*, now: datetime) -> int:
    """Take every waiting roster one step further; return how many. May run in several processes."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)
    waiting = list(RosterImport.objects.to_do().filter(free).order_by("uploaded_at").values_list("pk", flat=True))
    return sum(_step(pk, now) for pk in waiting)


def apply_now(*, roster_import: RosterImport, now: datetime) -> RosterImport:
    """Apply a confirmed roster in this process, as the sweep would."""
    _step(roster_import.pk, now)
    roster_import.refresh_from_db()
    return roster_import


def progress_of(roster_import: RosterImport) -> int:
    """Return how many people of a roster that is being applied are done."""
    return int(cache.get(_progress_key(roster_import.pk), 0))


def _step(pk: int, now: datetime) -> bool:
    claimed = _claim(pk, now)
    if claimed is None:
        return False
    if claimed.status == Status.RECEIVED:
        _read(claimed, now)
    else:
        _apply(claimed, now)
    return True


@transaction.atomic
def _claim(pk: int, now: datetime) -> RosterImport | None:
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)
    found = RosterImport.objects.to_do().filter(free).select_for_update(skip_locked=True).filter(pk=pk).first()
    if found:
        found.claimed_at = now
        found.save(update_fields=["claimed_at"])
    return found


def _read(received: RosterImport, now: datetime) -> None:
    """Read the file and compare it, outside of any lock: nothing is decided here."""
    try:
        company = Company.objects.get(pk=received.company_id)
        roster = _roster(received)
        comparison = compare(roster, known_people(company, timezone.localdate(now)))
    except (rosters.RosterUnusable, Ambiguous) as refusal:
        _refuse(received, list(refusal.problems), now)
        return
    with transaction.atomic():
        locked = RosterImport.objects.select_for_update().get(pk=received.pk)
        if locked.status == Status.RECEIVED:  # else given up meanwhile
            _show(locked, roster, comparison, company.roster_revision, now)


def _roster(received: RosterImport) -> Roster:
    try:
        content = private_files.read(received.stored_name)
    except FileNotFoundError as error:
        raise rosters.RosterUnusable(Problem(None, "文件", "上传的文件已经不在", "请重新上传")) from error
    return rosters.read(content)


def _show(locked: RosterImport, roster: Roster, comparison: Comparison, revision: int, now: datetime) -> None:
    sites = set(Site.objects.of(locked.company).values_list("name", flat=True))
    locked.difference = describe(comparison, today=timezone.localdate(now), known_sites=sites)
    locked.status, locked.rows, locked.base_revision = Status.READ, len(roster.entries), revision
    locked.ignored_columns, locked.claimed_at = list(roster.ignored_columns), None
    locked.save()


def _apply(confirmed: RosterImport, now: datetime) -> None:
    """Write everything or nothing. If the roster changed since the preview, show a new one instead."""
    try:
        roster = _roster(confirmed)
        with transaction.atomic():
            company = Company.objects.select_for_update(no_key=True).get(pk=confirmed.company_id)
            locked = RosterImport.objects.select_for_update().get(pk=confirmed.pk)
            if locked.status == Status.CONFIRMED:
                _write(locked, company, roster, now)
    except (rosters.RosterUnusable, Ambiguous) as refusal:
        _refuse(confirmed, list(refusal.problems), now)
    except (sites.TooManySites, people.TooManyPeople) as refusal:
        what, _, remedy = str(refusal).partition("。")
        _refuse(confirmed, [Problem(None, "文件", what, remedy.strip("。"))], now)


def _write(locked: RosterImport, company: Company, roster: Roster, now: datetime) -> None:
    known = known_people(company, timezone.localdate(now))
    comparison = compare(roster, known)
    if company.roster_revision != locked.base_revision:
        _show(locked, roster, comparison, company.roster_revision, now)
        return
    if len(known) + sum(change.before is None for change in comparison.changes) > people.MAX_PEOPLE:
        raise people.TooManyPeople
    write(
        company=company,
        comparison=comparison,
        left_on=locked.left_on if locked.is_full else None,
        judged_since=locked.judged_since,
        now=now,
        report=lambda done: cache.set(_progress_key(locked.pk), done, PROGRESS_SECONDS),
    )
    company.roster_revision += 1
    company.save(update_fields=["roster_revision"])
    locked.difference = {"counts": locked.difference["counts"]}
    _finish(locked, Status.APPLIED, now)
    webhooks.emit(
        company=company,
        kind=WebhookEvent.Kind.ROSTER_IMPORTED,
        data={
            "source": "file",
            "import_id": locked.pk,
            "is_full": locked.is_full,
            "roster_revision": company.roster_revision,
            "counts": locked.difference["counts"],
        },
        now=now,
    )


@transaction.atomic
def _refuse(received: RosterImport, problems: list[Problem], now: datetime) -> None:
    locked = RosterImport.objects.select_for_update().get(pk=received.pk)
    if locked.status not in (Status.RECEIVED, Status.CONFIRMED):
        return
    locked.problem_count = len(problems)
    locked.problems = [
        {"row": one.row, "field": one.field, "message": one.message, "remedy": one.remedy}
        for one in problems[:PROBLEMS_KEPT]
    ]
    _finish(locked, Status.UNUSABLE, now)


def _finish(locked: RosterImport, status: RosterImport.Status, now: datetime) -> None:
    name = locked.stored_name
    locked.status, locked.finished_at, locked.stored_name = status, now, ""
    locked.save()
    transaction.on_commit(lambda: private_files.delete(name))


def _progress_key(pk: int) -> str:
    return f"lms:roster-import:{pk}"
