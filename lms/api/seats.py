"""Seats of the owner who made the token, and the trainings of the company's people. Source: docs/rules/api.md, I2."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from pydantic import AfterValidator

from certificates.staffing import api_tokens, desk
from certificates.staffing.models import ApiToken, Person, Training
from courses.models import Seat, SeatBatch
from courses.models.seats import SeatBatchQuerySet
from courses.seats.refusals import PeopleRefused
from lms.api.auth import ApiRequest, TokenAuth, fingerprint
from lms.api.fields import Day, Key, Line, Page, Paging, Pk, Strict, cut
from lms.api.problems import Mistake, Refused
from lms.errors import DomainError

MAX_ASSIGNED = 100
router = Router(tags=["席位与培训"])


def _mailbox(written: str) -> str:
    try:
        validate_email(written)
    except ValidationError as error:
        raise ValueError("no mailbox") from error
    return written


class BatchOut(Schema):
    """The seats that one order bought. `join_by` is the last day on which a free one can be accepted."""

    order_number: str
    course: str
    made_at: datetime
    size: int
    free: int
    named: int
    taken: int
    used: int
    join_by: date | None


class BatchPage(Page):
    items: list[BatchOut]


class TrainingOut(Schema):
    """A seat given to one of the company's people. Lessons are null unless the person agreed."""

    id: int
    person_id: int
    name: str
    email: str
    order_number: str
    state: str
    due_on: date | None
    assigned_at: datetime
    lessons_done: int | None
    lessons_total: int | None
    is_certified: bool
    is_overdue: bool


class TrainingPage(Page):
    items: list[TrainingOut]


class SeatIn(Strict):
    person_id: Pk
    email: Annotated[Line, Field(max_length=254), AfterValidator(_mailbox)]
    due_on: Day | None = None


class AssignIn(Strict):
    """Whom to give free seats of one order; all of them, or none."""

    order_number: Line
    people: list[SeatIn] = Field(min_length=1, max_length=MAX_ASSIGNED)


class AssignedOut(Schema):
    training_ids: list[int]


class ReclaimedOut(Schema):
    """The seat is free again."""

    training_id: int
    state: str


@router.get("/seats", auth=TokenAuth("seats:read"), response=BatchPage, summary="席位存量（seats:read）")
def seat_list(request: ApiRequest, paging: Query[Paging]) -> dict[str, object]:
    """Count the seats of each order of the company, and of those that the maker of the token has bought."""
    states, today = Seat.State, timezone.localdate()
    free = Q(seats__state=states.FREE, seats__expires_on__gte=today)
    batches = _batches(request.auth).annotate(
        free=Count("seats", filter=free),
        named=Count("seats", filter=Q(seats__state=states.NAMED)),
        taken=Count("seats", filter=Q(seats__state=states.TAKEN)),
        used=Count("seats", filter=Q(seats__state=states.USED)),
        join_by=Max("seats__expires_on", filter=free),
        course_title=Max("course__title"),
    )
    names = ("order_number", "course_title", "made_at", "size", "free", "named", "taken", "used", "join_by")
    rows, facts = cut(batches.order_by("-made_at", "-pk").values(*names), paging)
    return facts | {"items": [row | {"course": row["course_title"]} for row in rows]}


@router.post("/seats/assign", auth=TokenAuth("seats:write"), response=AssignedOut, summary="分配席位（seats:write）")
def seat_assign(request: ApiRequest, payload: AssignIn, idempotency_key: Key = None) -> dict[str, object]:
    """Give people of the roster a free seat each and write to them."""
    now, token = timezone.now(), request.auth
    batch = get_object_or_404(_batches(token), order_number=payload.order_number)

    def write() -> api_tokens.Answer:
        return {"training_ids": _assign(token, batch, payload.people, now)}

    return api_tokens.once(token=token, key=idempotency_key, request_sha256=fingerprint(request), write=write, now=now)


@router.get("/trainings", auth=TokenAuth("seats:read"), response=TrainingPage, summary="培训安排（seats:read）")
def training_list(request: ApiRequest, paging: Query[Paging]) -> dict[str, object]:
    """List the seats given to the company's people and how far they are."""
    trainings = Training.objects.of(request.auth.company).select_related("person").order_by("-assigned_at", "-pk")
    rows, facts = cut(trainings, paging)
    return facts | {"items": [_training(line) for line in desk.progress(rows, now=timezone.now())]}


@router.post(
    "/trainings/{pk:training_id}/reclaim",
    auth=TokenAuth("seats:write"),
    response=ReclaimedOut,
    summary="收回席位（seats:write）",
)
def training_reclaim(request: ApiRequest, training_id: int, idempotency_key: Key = None) -> dict[str, object]:
    """Take a seat back whose first lesson is unopened; it is free again."""
    now, token = timezone.now(), request.auth
    mine = Training.objects.of(token.company).filter(seat__batch__in=_batches(token))
    training = get_object_or_404(mine.select_related("seat"), pk=training_id)

    def write() -> api_tokens.Answer:
        return {"training_id": training.pk, "state": desk.reclaim(training=training, by=token.made_by, now=now).state}

    asked = fingerprint(request)
    return api_tokens.once(token=token, key=idempotency_key, request_sha256=asked, write=write, now=now)


def _batches(token: ApiToken) -> SeatBatchQuerySet:
    return SeatBatch.objects.of_company(token.made_by, token.company.uscc)


def _assign(token: ApiToken, batch: SeatBatch, wanted: list[SeatIn], now: datetime) -> list[int]:
    """Assign one after the other; the caller's transaction undoes all if one is refused."""
    found = Person.objects.of(token.company).in_bulk([one.person_id for one in wanted])
    given: list[int] = []

    def mistakes() -> Iterator[Mistake]:
        for position, one in enumerate(wanted):
            person = found.get(one.person_id)
            if person is None:
                yield {"at": f"people[{position}].person_id", "message": "花名册里没有这个人", "remedy": "请核对编号"}
                continue
            try:
                training = desk.assign(
                    person=person, batch=batch, email=one.email, due_on=one.due_on, by=token.made_by, now=now
                )
            except DomainError as refusal:
                yield _told(position, refusal)
            else:
                given.append(training.pk)

    errors = list(mistakes())
    if errors:
        raise Refused(errors)
    return given


def _told(position: int, refusal: DomainError) -> Mistake:
    if isinstance(refusal, PeopleRefused):
        message = "；".join(refusal.errors.values())
        return {"at": f"people[{position}].email", "message": message, "remedy": "请换一个邮箱，或先收回席位"}
    what, _, remedy = str(refusal).partition("。")
    return {"at": f"people[{position}]", "message": what, "remedy": remedy.strip("。")}


def _training(line: desk.Progress) -> dict[str, object]:
    training = line.training
    return {
        "id": training.pk,
        "person_id": training.person_id,
        "name": training.person.name,
        "email": training.email,
        "order_number": training.seat.batch.order_number,
        "state": line.state,
        "due_on": training.due_on,
        "assigned_at": training.assigned_at,
        "lessons_done": line.done,
        "lessons_total": line.total,
        "is_certified": line.is_certified,
        "is_overdue": line.is_overdue,
    }
