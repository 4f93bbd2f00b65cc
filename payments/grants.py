"""Courses for nothing, with a reason. Source: docs/rules/money.md, rule P15."""

from datetime import datetime

from django.db import transaction

from courses import enrolment
from courses.models import CoursePage, Enrolment
from lms.errors import DomainError
from lms.users.models import User
from payments.attention import ReasonMissing
from payments.models import Grant


class AlreadyStudies(DomainError):
    message = "这位学员已有这门课的有效报名，不用再赠与。"


class AlreadyRevoked(DomainError):
    message = "这次赠与已经撤回，不需要再次撤回。"


@transaction.atomic
def give(*, learner: User, course: CoursePage, reason: str, by: User, now: datetime) -> Grant:
    """
    Enrol somebody for nothing and keep why, by whom, and what it was worth that day.

    Raises: ReasonMissing, AlreadyStudies. Source: docs/rules/money.md, rule P15.
    """
    reason = reason.strip()[:200]
    if not reason:
        raise ReasonMissing
    User.objects.select_for_update(no_key=True).get(pk=learner.pk)
    if Enrolment.objects.of(learner).standing().in_any_edition(course).exists():
        raise AlreadyStudies
    standing = enrolment.enrol(
        learner=learner, course=course, source=Enrolment.Source.GRANT, source_ref=reason, now=now
    )
    return Grant.objects.create(
        learner=learner,
        course=course,
        enrolment=standing,
        value_fen=course.price_fen,
        reason=reason,
        granted_by=by,
        granted_at=now,
    )


@transaction.atomic
def revoke(*, grant: Grant, reason: str, by: User, now: datetime) -> Grant:
    """
    Take a free course back; study progress stays. An enrolment that was withdrawn before stays as it is.

    Raises: ReasonMissing, AlreadyRevoked. Source: docs/rules/money.md, rule P15.
    """
    locked = Grant.objects.select_for_update().get(pk=grant.pk)
    if locked.revoked_at:
        raise AlreadyRevoked
    locked.revoked_reason = reason.strip()[:200]
    if not locked.revoked_reason:
        raise ReasonMissing
    locked.revoked_by, locked.revoked_at = by, now
    locked.save(update_fields=["revoked_by", "revoked_at", "revoked_reason"])
    standing = locked.enrolment
    if standing.withdrawn_at is None:
        enrolment.withdraw(enrolment=standing, reason=locked.revoked_reason, now=now)
    return locked
