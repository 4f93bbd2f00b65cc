"""The exam room by HTTP without a network: the site's own WSGI entry point, called in the test's process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from django.db import connection
from django.test import Client, RequestFactory

from lms.wsgi import application

CSRF = "a" * 32


@dataclass(frozen=True)
class Reply:
    """A whole response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> dict:
        return json.loads(self.body)


def call(method: str, path: str, body: bytes = b"", content_type: str = "application/json", **headers: str) -> Reply:
    """Send one request through every layer that production has."""
    request = RequestFactory().generic(method, path, body, content_type, headers=headers)
    return send(request.environ)


def send(environ: dict) -> Reply:
    seen: list = []
    with keeping_connections():
        response = application(environ, lambda status, headers, *more: seen.extend((status, headers)))
        try:
            body = b"".join(response)
        finally:
            getattr(response, "close", lambda: None)()
    status, headers = seen
    return Reply(int(status[:3]), {name.lower(): value for name, value in headers}, body)


@contextmanager
def keeping_connections() -> Iterator[None]:
    """The end of a request closes a connection found inside a transaction, but a test's transaction is to stay."""
    usual = connection.settings_dict["AUTOCOMMIT"], connection.close_at
    if connection.in_atomic_block:
        connection.settings_dict["AUTOCOMMIT"], connection.close_at = connection.get_autocommit(), None
    try:
        yield
    finally:
        connection.settings_dict["AUTOCOMMIT"], connection.close_at = usual


@dataclass
class Person:
    """A browser that is signed in."""

    client: Client

    @property
    def cookies(self) -> str:
        held = "; ".join(f"{name}={morsel.value}" for name, morsel in self.client.cookies.items())
        return f"{held}; csrftoken={CSRF}"

    def get(self, path: str) -> Reply:
        return call("GET", path, Cookie=self.cookies)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        """Post JSON, or bytes as a form."""
        kind = "application/x-www-form-urlencoded" if isinstance(body, bytes) else "application/json"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return call("POST", path, data, kind, **{"Cookie": self.cookies, "X-CSRFToken": CSRF} | headers)


@dataclass
class Page:
    """One open page of an attempt: its token and its numbers. A page made by `open` is the newest."""

    person: Person
    attempt: int
    session: int
    token: str
    first_seq: int

    @classmethod
    def open(cls, person: Person, attempt: int) -> "Page":
        reply = person.post(f"/exams/attempts/{attempt}/session/", {})
        assert reply.status == 201, reply.text
        return cls(person, attempt, reply.json["session"], reply.json["token"], reply.json["first_seq"])

    def send(self, entries: object, where: str = "answers") -> Reply:
        return self.send_bytes(json.dumps({"entries": entries}).encode(), where)

    def send_bytes(self, body: bytes, where: str = "answers", **headers: str) -> Reply:
        return send(self.environ(body, where, **headers))

    def environ(self, body: bytes, where: str, **headers: str) -> dict:
        """What a WSGI server makes of a request of this page."""
        given = {"Cookie": self.person.cookies, "X-CSRFToken": CSRF, "X-Attempt-Token": self.token} | headers
        path = f"/exams/attempts/{self.attempt}/{where}/"
        request = RequestFactory().generic("POST", path, body, headers=given)
        return request.environ | {
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }

    def entry(self, number: int = 0, position: int = 0, answer: str = "A", **more: object) -> dict:
        """An entry with the page's number so many after its first."""
        return {"seq": self.first_seq + number, "position": position, "answer": answer, "client_at": None} | more
