"""The people of the company: read, write many at once, end an employment. Source: docs/rules/api.md, rule I8."""

from datetime import date

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from certificates.staffing import api_tokens, imports, people, rosters
from certificates.staffing.models import Employment, Person
from lms.api.auth import ApiRequest, TokenAuth, fingerprint
from lms.api.fields import Day, Key, Line, Page, Paging, Strict, cut

MAX_PEOPLE = 2_000
router = Router(tags=["花名册"])


class EmploymentOut(Schema):
    """A stretch of employment, both days included; null is open."""

    joined_on: date | None
    left_on: date | None


class PersonOut(Schema):
    """One person of the roster."""

    id: int
    name: str
    staff_number: str
    department: str
    site: str
    level: str
    post: str
    is_manager: bool
    manager_reason: str
    certificate_number: str
    employments: list[EmploymentOut]


class RosterPage(Page):
    items: list[PersonOut]


class PersonIn(Strict):
    """One stretch of employment of one person. Fields that no row has keep what was there."""

    name: Line
    is_manager: bool
    staff_number: Line = ""
    department: Line = ""
    site: Line = ""
    level: Line = ""
    post: Line = ""
    joined_on: date | None = None
    left_on: date | None = None
    certificate_number: Line = ""


class RosterIn(Strict):
    """Many people; all of them, or none."""

    people: list[PersonIn] = Field(min_length=1, max_length=MAX_PEOPLE)
    is_full: bool = Field(default=False, description="这是完整名单：名单外仍在职的人按 left_on 离职")
    left_on: Day | None = Field(None, description="名单外的人的离职日期，不填为当天")


class RosterCounts(Schema):
    """How many people joined, left, moved, changed, stayed the same, and are employed but not on the list."""

    joined: int
    left: int
    moved: int
    changed: int
    same: int
    missing: int


class LeaveIn(Strict):
    left_on: Day


@router.get("/roster", auth=TokenAuth("roster:read"), response=RosterPage, summary="读花名册（roster:read）")
def roster_list(
    request: ApiRequest, paging: Query[Paging], employed_on: Day | None = None, staff_number: Line = ""
) -> dict[str, object]:
    """Everybody, or who is employed on a day, or who has a staff number; in the order in which they were added."""
    found = Person.objects.of(request.auth.company)
    if employed_on:
        found = found.employed_on(employed_on)
    if staff_number:
        found = found.filter(staff_number=staff_number)
    told = found.select_related("site").prefetch_related("employments", "judgements")
    rows, facts = cut(told.order_by("pk"), paging)
    today = timezone.localdate()
    return facts | {"items": [_person(one, today) for one in rows]}


@router.post("/roster", auth=TokenAuth("roster:write"), response=RosterCounts, summary="写花名册（roster:write）")
def roster_write(request: ApiRequest, payload: RosterIn, idempotency_key: Key = None) -> dict[str, object]:
    """Add and change many people, found by staff number or by name; all or nothing."""
    now, asked = timezone.now(), fingerprint(request)
    roster = rosters.read_rows([row.model_dump(exclude_unset=True) for row in payload.people], sha256=asked)

    def write() -> api_tokens.Answer:
        return dict(
            imports.upsert(
                company=request.auth.company, roster=roster, is_full=payload.is_full, left_on=payload.left_on, now=now
            )
        )

    return api_tokens.once(token=request.auth, key=idempotency_key, request_sha256=asked, write=write, now=now)


@router.post(
    "/roster/{pk:person_id}/leave",
    auth=TokenAuth("roster:write"),
    response=EmploymentOut,
    summary="办理离职（roster:write）",
)
def roster_leave(
    request: ApiRequest, person_id: int, payload: LeaveIn, idempotency_key: Key = None
) -> dict[str, object]:
    """End the open employment of a person; the last day counts."""
    person = get_object_or_404(Person.objects.of(request.auth.company), pk=person_id)

    def write() -> api_tokens.Answer:
        ended = people.leave(person=person, left_on=payload.left_on)
        return {"joined_on": ended.joined_on and str(ended.joined_on), "left_on": str(ended.left_on)}

    asked, now = fingerprint(request), timezone.now()
    return api_tokens.once(token=request.auth, key=idempotency_key, request_sha256=asked, write=write, now=now)


def _person(person: Person, today: date) -> dict[str, object]:
    judged = person.judged_on(today)
    stretches: list[Employment] = sorted(person.employments.all(), key=lambda one: one.joined_on or date.min)
    return {
        "id": person.pk,
        "name": person.name,
        "staff_number": person.staff_number,
        "department": person.department,
        "site": person.site.name if person.site else "",
        "level": person.level,
        "post": person.post,
        "is_manager": judged.is_manager,
        "manager_reason": judged.reason,
        "certificate_number": person.certificate_number,
        "employments": [{"joined_on": one.joined_on, "left_on": one.left_on} for one in stretches],
    }
