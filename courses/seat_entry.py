"""Whether the header offers 企业席位: looked up on the pages a buyer passes through, then kept with the session."""

from courses.models import SeatBatch
from lms.http import UserRequest

KEY = "holds_seats"  # the header's template reads it


def look(request: UserRequest) -> None:
    """Remember that this person holds seats. One query until they do, none afterwards, none on any other page."""
    if not request.session.get(KEY) and SeatBatch.objects.of(request.user).exists():
        request.session[KEY] = True
