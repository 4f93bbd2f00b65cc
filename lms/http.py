"""The type of a request whose user is known to be logged in."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from lms.users.models import User


class UserRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: `user` is a `User`, never anonymous."""

    user: User
    htmx: HtmxDetails
