"""What is refused before any view sees it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from lms import error_views


class NullPathMiddleware:
    """
    Answer 404 to an address with a NUL character in it: PostgreSQL stores none, so no such thing can be looked up.

    Query strings and forms are left to their fields: Django's CharField refuses NUL in words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info:
            return error_views.page_not_found(request, Http404())
        return self.get_response(request)
