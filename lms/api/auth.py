"""Who asks: a company's token with a scope, so many times a minute. Source: docs/rules/api.md, rules I2, I3 and I5."""

import hashlib

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import AuthorizationError
from ninja.security import HttpBearer

from certificates.staffing import api_tokens
from certificates.staffing.models import ApiToken
from certificates.views.limits import asks_too_often
from lms.api.problems import TooOften

PER_MINUTE = 120
REFUSED_PER_MINUTE = 60  # from one network, without a token that opens anything
MINUTE = 60


class ApiRequest(HttpRequest):
    """A request whose token was accepted."""

    auth: ApiToken


class TokenAuth(HttpBearer):
    """Accept a live token that has one scope."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = ApiToken.Scope(scope)

    def __call__(self, request: HttpRequest) -> ApiToken | None:
        token: ApiToken | None = super().__call__(request)
        if token is None and asks_too_often(request, kind="api-refused", per_minute=REFUSED_PER_MINUTE):
            raise TooOften(_seconds_left())
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:  # noqa: ARG002  # as ninja calls it
        found = api_tokens.find(secret=token, now=timezone.now())
        if found is None:
            return None
        if _count(found) > PER_MINUTE:
            raise TooOften(_seconds_left())
        if self.scope not in found.scopes:
            raise AuthorizationError(message=f"这个令牌没有“{self.scope}”权限。请由负责人另建一个勾选了它的令牌。")
        return found


def fingerprint(request: HttpRequest) -> str:
    """Return a hash of what is asked: the method, the address and the body."""
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + request.body).hexdigest()


def _count(token: ApiToken) -> int:
    key = f"api:{token.pk}:{int(timezone.now().timestamp()) // MINUTE}"
    if cache.add(key, 1, 2 * MINUTE):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # the cache dropped the counter in between
        return 1


def _seconds_left() -> int:
    return MINUTE - int(timezone.now().timestamp()) % MINUTE
