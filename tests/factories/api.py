"""Tokens of companies, and a client that shows one."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from certificates.staffing import api_tokens
from certificates.staffing.models import ApiToken, Company
from lms.users.models import User

EVERYTHING = tuple(ApiToken.Scope.values)


class Caller:
    """A company's own system: speaks JSON, has a token and no session."""

    def __init__(self, secret: str = "") -> None:
        self.client = Client(headers={"authorization": f"Bearer {secret}"} if secret else {})

    def get(self, path: str, **query: object) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: object = None, *, key: str = "") -> Any:
        headers = {"idempotency-key": key} if key else {}
        content = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.client.post(f"/api/v1/{path}", content, content_type="application/json", headers=headers)


def make_token(
    *, company: Company, by: User, scopes: tuple[str, ...] = EVERYTHING, valid_days: int = 30
) -> tuple[ApiToken, str]:
    """Make a token a minute ago, so that it is live whatever the clock of the test."""
    made_at = timezone.now() - timedelta(minutes=1)
    return api_tokens.make(company=company, name="人事系统", scopes=scopes, valid_days=valid_days, by=by, now=made_at)


def caller(*, company: Company, by: User, scopes: tuple[str, ...] = EVERYTHING) -> Caller:
    return Caller(make_token(company=company, by=by, scopes=scopes)[1])
