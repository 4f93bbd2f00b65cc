"""A candidate's page as the server sees it: it numbers, queues and resends until acknowledged, then hands in."""

import json
import random
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread

from exams.models import SESSION_SPAN

CSRF = "a" * 32
GIVE_UP_SECONDS = 90
RETRY_SECONDS = 0.2
PASSING = {429, 502, 503, 504}  # the page waits and sends again

Content = tuple[int, str]  # position, answer


class GaveUp(Exception):
    pass


class Candidate(Thread):
    """
    One person at one attempt. `acked`, `sent` and `late` are by seq; `receipts` are the numbers of both hand-ins.

    A deserter answers to the end and never hands in: the clock has to close the attempt.
    """

    def __init__(self, *, port: int, attempt: int, cookie: str, letters: list[list[str]], deserts: bool) -> None:
        super().__init__(name=f"attempt {attempt}")
        self.port, self.attempt, self.letters, self.deserts = port, attempt, letters, deserts
        self.random = random.Random(attempt)
        self.headers = {
            "Cookie": f"{cookie}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "X-Forwarded-Proto": "https",
            "Origin": f"https://127.0.0.1:{port}",
            "Content-Type": "application/json",
        }
        self.may_stop = Event()
        self.pending: dict[int, Content] = {}
        self.sent: dict[int, Content] = {}
        self.acked: dict[int, Content] = {}
        self.late: set[int] = set()
        self.receipts: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.trouble: list[str] = []
        self.sessions = 0
        self.link: HTTPConnection | None = None

    def run(self) -> None:
        self.end = time.monotonic() + GIVE_UP_SECONDS
        try:
            self.open_session()
            while not self.may_stop.is_set():
                self.answer()
                self.deliver("answers")
                time.sleep(self.random.uniform(0.1, 0.3))
            if not self.deserts:
                self.answer()
                self.hand_in()
                self.hand_in()
        except GaveUp as why:
            self.trouble.append(f"{self.name}: {why}")
        finally:
            self.hang_up()

    # --- What the page does -----------------------------------------------------------------------------------------
    def answer(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            position = self.random.randrange(len(self.letters))
            kind, letters = self.letters[position]
            size = self.random.randint(1, len(letters)) if kind == "MULTI" else 1
            answer = "".join(sorted(self.random.sample(letters, size)))
            self.pending[self.next_seq] = self.sent[self.next_seq] = (position, answer)
            self.next_seq += 1

    def open_session(self) -> None:
        reply = self.insist("session", {}, expected=201)
        self.sessions += 1
        self.headers["X-Attempt-Token"] = reply["token"]
        self.next_seq = reply["first_seq"]
        if self.next_seq != reply["session"] * SESSION_SPAN + 1:
            self.trouble.append(f"{self.name}: session {reply['session']} numbers from {self.next_seq}")

    def deliver(self, where: str) -> dict:
        """Send all that is pending until it is acknowledged; out of order now and then."""
        while True:
            batch = list(self.pending)
            self.random.shuffle(batch)
            reply = self.insist(where, {"entries": [self.entry(seq) for seq in batch]}, expected=200)
            if "acked_seq" in reply:
                self.note(reply)
            if not self.pending or "receipt_number" in reply:
                return reply

    def entry(self, seq: int) -> dict:
        position, answer = self.sent[seq]
        return {"seq": seq, "position": position, "answer": answer, "client_at": int(time.time() * 1000)}

    def note(self, reply: dict) -> None:
        for seq in reply["acked_seq"]:
            if self.pending.pop(seq, None) is None and seq not in self.acked:
                self.trouble.append(f"{self.name} seq {seq}: acknowledged without having been sent")
            self.acked[seq] = self.sent[seq]
            if reply["is_late"]:
                self.late.add(seq)
        if reply["conflicts"]:
            self.trouble.append(f"{self.name} seqs {reply['conflicts']}: said to be taken")

    def hand_in(self) -> None:
        batch = dict(self.pending)
        reply = self.deliver("hand-in")
        self.receipts.append(reply["receipt_number"])
        if reply["unsaved"]:
            self.trouble.append(f"{self.name} seqs {reply['unsaved']}: not saved by a hand-in")
        self.acked |= batch  # a receipt number stands for all that came with it
        self.pending.clear()

    # --- How it reaches the server ----------------------------------------------------------------------------------
    def insist(self, where: str, body: dict, *, expected: int) -> dict:
        """Send until the expected answer has been read. A session that ended is opened again, once for each refusal."""
        while True:
            if time.monotonic() > self.end:
                raise GaveUp(f"no answer from {where}/ within {GIVE_UP_SECONDS} s, {dict(self.statuses)}")
            status, reply = self.post(where, body)
            if status == expected:
                return reply
            if status == 403 and where != "session":
                self.open_session()
            elif status and status not in PASSING:
                raise GaveUp(f"{where}/ answered {status} {reply}")
            time.sleep(RETRY_SECONDS)

    def post(self, where: str, body: dict) -> tuple[int, dict]:
        """Status and JSON of an answer; 0 if none came. Some answers are lost on the way, as in a lift."""
        try:
            if self.link is None:
                self.link = HTTPConnection("127.0.0.1", self.port, timeout=10)
            self.link.request("POST", f"/exams/attempts/{self.attempt}/{where}/", json.dumps(body), self.headers)
            if self.random.random() < 0.1:
                time.sleep(self.random.uniform(0, 0.02))
                self.hang_up()
                return 0, {}
            response = self.link.getresponse()
            text = response.read()
        except (OSError, HTTPException):
            self.hang_up()
            return 0, {}
        self.statuses[response.status] += 1
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, {"not JSON": text[:200].decode(errors="replace")}

    def hang_up(self) -> None:
        if self.link:
            self.link.close()
            self.link = None
