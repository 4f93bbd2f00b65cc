"""Answers that are the same for everybody, so that browsers and proxies may keep them."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

View = Callable[..., HttpResponse]


def same_for_all(*, seconds: int) -> Callable[[View], View]:
    """
    Let caches keep a view's answer for so many seconds.

    LoginRequiredMiddleware has looked who asks before it sees that the view is public; this forgets that it looked, or
    the answer would carry `Vary: Cookie` and no cache would share it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            response = view(request, *args, **kwargs)
            patch_cache_control(response, public=True, max_age=seconds)
            request.session.accessed = False
            return response

        return answer

    return decorate
