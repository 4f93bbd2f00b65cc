"""Who manages the seats of a company besides the buyer. Source: docs/rules/seats.md, rule S11."""

from collections.abc import Collection

from django.db import transaction

from courses.models import SeatSteward
from lms.users.models import User


@transaction.atomic
def appoint(*, company_code: str, users: Collection[User]) -> None:
    """Let these people, and nobody else, manage the seats bought for a company. Its caller holds the company."""
    standing = SeatSteward.objects.filter(company_code=company_code)
    standing.exclude(user__in=users).delete()
    SeatSteward.objects.bulk_create(
        [SeatSteward(company_code=company_code, user=user) for user in users], ignore_conflicts=True
    )
