"""Who may study: enrol and withdraw. Payment, grant and whatever comes later all call these two verbs."""

from datetime import datetime

from django.db import transaction

from courses.models import CoursePage, Enrolment
from lms.errors import DomainError
from lms.users.models import User


class AlreadyWithdrawn(DomainError):
    message = "这条报名已经撤回，不需要再次撤回。"


class ReasonMissing(DomainError):
    message = "请写明撤回原因，学员和同事都会看到。"


def enrol(*, learner: User, course: CoursePage, source: str, source_ref: str = "", now: datetime) -> Enrolment:
    """
    Enrol a person in a course, or return the standing enrolment if there is one.

    Safe under a race: the partial unique constraint lets one of two callers in, the other gets the same row.
    Source: docs/rules/study-time.md, rule T7.
    """
    enrolment, _ = Enrolment.objects.get_or_create(
        learner=learner,
        course=course,
        withdrawn_at=None,
        defaults={"source": source, "source_ref": source_ref, "enrolled_at": now},
    )
    return enrolment


@transaction.atomic
def withdraw(*, enrolment: Enrolment, reason: str, now: datetime) -> Enrolment:
    """
    End an enrolment. Access goes at once, study progress stays with the person.

    Raises: ReasonMissing if the reason is blank; AlreadyWithdrawn if it has ended before.
    Source: docs/rules/study-time.md, rule T7.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if locked.withdrawn_at:
        raise AlreadyWithdrawn
    locked.withdrawn_at, locked.withdrawn_reason = now, reason
    locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    return locked
