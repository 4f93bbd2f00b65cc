"""What is refused before any view sees it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lms import error_views


class RefuseNullMiddleware:
    """
    Answer 400 to an address with a NUL character in it: PostgreSQL stores none, so no such thing can be looked up.

    Form fields refuse NUL by themselves (Django's CharField).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return error_views.bad_request(request, ValueError("NUL in address"))
        return self.get_response(request)
