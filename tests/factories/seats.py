"""A batch of company seats by its verb, and the tokens that its mails carry."""

import re
from datetime import UTC, datetime, timedelta

from courses import seats
from courses.models import CoursePage, SeatBatch
from lms.users import vault
from lms.users.models import OutgoingMail, User
from tests.factories.courses import make_course
from tests.factories.users import UserFactory

MADE = datetime(2026, 11, 22, 1, tzinfo=UTC)
numbers = iter(range(1, 10**6))


def make_batch(
    *, holder: User | None = None, course: CoursePage | None = None, count: int = 3, now: datetime = MADE
) -> SeatBatch:
    return seats.make_seats(
        course=course or make_course(),
        holder=holder or UserFactory(),
        company="青山家电有限公司",
        order_number=f"20261122{next(numbers):012d}",
        count=count,
        now=now,
    )


def mailed_token(to: str) -> str:
    """Return the token in the last invitation that was mailed to this address."""
    text = vault.decrypt(OutgoingMail.objects.filter(to=to).latest("pk").message_cipher)
    body = "".join(text.replace("=\n", "").split())  # whatever way the mail was folded
    found = re.search(r"/seats/join/([\w-]+)/", body)
    assert found, text
    return found[1]


def link_token(batch: SeatBatch, *, places: int, now: datetime = MADE) -> str:
    """Open the batch's link for a day and return its token."""
    link = seats.open_link(batch=batch, places=places, valid_until=(now + timedelta(days=1)).date(), now=now)
    return vault.decrypt(link.token_cipher)
