"""What a candidate's browser sends, and what it reads from the sitting page. The only module that knows both."""

import json
import random
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ATTRIBUTE = re.compile(rb'data-(session-url|save-url|hand-in-url|attempt)="([^"]*)"')
QUESTION = re.compile(rb'data-position="(\d+)"\s+data-kind="(\w+)"')
LETTER = re.compile(rb'value="([A-Z])"')


@dataclass(frozen=True)
class Browser:
    """A signed-in candidate: the cookies, and the CSRF token that belongs to them. As it looks behind nginx."""

    host: str
    cookie: str = ""
    csrf_token: str = ""

    def get(self, path: str) -> bytes:
        return self._request("GET", path)

    def post(self, path: str, body: bytes, content_type: str, token: str = "") -> bytes:
        more = (
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
            f"Origin: https://{self.host}\r\nSec-Fetch-Site: same-origin\r\nX-CSRFToken: {self.csrf_token}\r\n"
        )
        if token:
            more += f"X-Attempt-Token: {token}\r\n"
        return self._request("POST", path, more) + body

    def post_json(self, path: str, value: object, token: str = "") -> bytes:
        return self.post(path, json.dumps(value).encode(), "application/json", token)

    def start(self, exam: int) -> bytes:
        return self.post(f"/exams/{exam}/start/", b"has_read_rules=on", "application/x-www-form-urlencoded")

    def _request(self, method: str, path: str, more: str = "") -> bytes:
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nX-Forwarded-Proto: https\r\n"
            "X-Forwarded-For: 192.0.2.1\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Language: zh-CN\r\n"
            f"{cookie}{more}\r\n"
        ).encode()


@dataclass
class Room:
    """A sitting page: where it saves, what it asks; once it is open, its token and the number of the next entry."""

    browser: Browser
    attempt: int
    session_url: str
    save_url: str
    hand_in_url: str
    questions: list[tuple[int, str, str]] = field(repr=False)
    token: str = field(default="", repr=False)
    next_seq: int = 0

    def open(self) -> bytes:
        """Ask for a session, as the page's script does first."""
        return self.browser.post_json(self.session_url, {})

    def opened(self, body: bytes) -> None:
        """Take the answer to `open`."""
        reply = json.loads(body)
        self.token, self.next_seq = reply["token"], reply["first_seq"]

    def entry(self, question: int, dice: random.Random) -> dict[str, object]:
        """Answer one question anew, as the page's script would write it down."""
        position, kind, letters = self.questions[question % len(self.questions)]
        size = dice.randint(1, len(letters)) if kind == "MULTI" else 1
        seq, self.next_seq = self.next_seq, self.next_seq + 1
        return {
            "seq": seq,
            "position": position,
            "answer": "".join(sorted(dice.sample(letters, size))),
            "client_at": int(time.time() * 1000),
        }

    def save(self, *entries: dict[str, object]) -> bytes:
        return self.browser.post_json(self.save_url, {"entries": entries}, self.token)

    def hand_in(self, *entries: dict[str, object]) -> bytes:
        return self.browser.post_json(self.hand_in_url, {"entries": entries}, self.token)


def read_room(browser: Browser, page: bytes) -> Room | None:
    """Read a sitting page; None if this is not one."""
    found = {name.decode(): value.decode() for name, value in ATTRIBUTE.findall(page)}
    questions = []
    for part in page.split(b"<fieldset")[1:]:
        if question := QUESTION.search(part):
            letters = b"".join(LETTER.findall(part)).decode()
            questions.append((int(question[1]), question[2].decode(), letters))
    if len(found) < 4 or not questions:
        return None
    return Room(
        browser=browser,
        attempt=int(found["attempt"]),
        session_url=found["session-url"],
        save_url=found["save-url"],
        hand_in_url=found["hand-in-url"],
        questions=questions,
    )


def path_of(location: bytes) -> str:
    """Return the path that a redirect leads to."""
    return urlsplit(location.decode()).path


def has_acknowledged(body: bytes, entry: dict[str, object]) -> bool:
    """Whether a save's receipt says that this entry is durable and in time."""
    try:
        receipt = json.loads(body)
    except ValueError:
        return False
    return entry["seq"] in receipt.get("acked_seq", ()) and not receipt.get("is_late")
