"""
A cheap HTTP/1.1 client for very many users: one thread, one selector, kept-alive connections to one loopback port.

A user is a generator: it yields what to send and when, and is sent the response. Connections are a shared pool, as
they are between nginx and the web processes.
"""

import contextlib
import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

TIMEOUT_SECONDS = 10
IDLE_SECONDS = 5  # a connection that idled longer is not used again: the server may be closing it
READ_BYTES = 256 * 1024
END_OF_HEAD = b"\r\n\r\n"


class Step(NamedTuple):
    """Send `request` at `due`, in seconds on the engine's clock; a moment that is past means now."""

    due: float
    request: bytes


class Response(NamedTuple):
    """An answer, complete at `done` on the engine's clock. Status 0: none came, and `body` says why."""

    status: int
    head: bytes
    body: bytes
    done: float


User = Generator[Step, Response, None]


@dataclass(eq=False)
class Connection:
    """One connection and, while it is busy, the user who waits for the response."""

    socket: socket.socket
    user: User | None = None
    since: float = 0.0
    buffer: bytearray = field(default_factory=bytearray)
    body_at: int = 0
    length: int = 0


class Engine:
    """Runs users against 127.0.0.1:`port` over at most `connections` connections."""

    def __init__(self, *, port: int, connections: int) -> None:
        self.port, self.connections = port, connections
        self.selector = selectors.DefaultSelector()
        self.calendar: list[tuple[float, int, User, bytes]] = []
        self.waiting: deque[tuple[User, bytes]] = deque()
        self.idle: list[Connection] = []
        self.busy: set[Connection] = set()
        self.order = count()
        self.begun = time.perf_counter()

    def now(self) -> float:
        return time.perf_counter() - self.begun

    def run(self, users: Iterable[User]) -> None:
        """
        Run all users to their ends; every wait is bounded by the time-out of a request.

        The clock starts when the calendar is full: else the time of filling it would be counted as the server's.
        """
        for user in users:
            with contextlib.suppress(StopIteration):
                self._schedule(user, next(user))
        self.begun = time.perf_counter()
        swept = self.now()
        while self.calendar or self.waiting or self.busy:
            self._send_what_is_due()
            for key, _ in self.selector.select(self._pause()):
                self._receive(key.data)
            if self.now() - swept > 1:
                swept = self.now()
                self._time_out()

    def close(self) -> None:
        for connection in [*self.idle, *self.busy]:
            connection.socket.close()
        self.selector.close()

    def _schedule(self, user: User, step: Step) -> None:
        heapq.heappush(self.calendar, (step.due, next(self.order), user, step.request))

    def _pause(self) -> float:
        """How long to wait for the network: until the next step is due, and never longer than a second."""
        return min(1.0, max(0.0, self.calendar[0][0] - self.now())) if self.calendar else 1.0

    def _send_what_is_due(self) -> None:
        now = self.now()
        while self.calendar and self.calendar[0][0] <= now:
            _, _, user, request = heapq.heappop(self.calendar)
            self.waiting.append((user, request))
        while self.waiting and (self.idle or len(self.busy) < self.connections):
            user, request = self.waiting.popleft()
            try:
                connection = self._take()
            except OSError as error:
                self._answer(user, Response(0, b"", str(error).encode(), self.now()))
                continue
            connection.user, connection.since = user, self.now()
            self.busy.add(connection)
            try:
                connection.socket.sendall(request)
            except OSError as error:
                self._drop(connection, str(error))

    def _take(self) -> Connection:
        """Return the connection that was used last, or a new one."""
        while self.idle:
            connection = self.idle.pop()
            if self.now() - connection.since < IDLE_SECONDS:
                return connection
            self._forget(connection)
        link = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_SECONDS)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.settimeout(0)
        connection = Connection(link)
        self.selector.register(link, selectors.EVENT_READ, connection)
        return connection

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._drop(connection, str(error))
            return
        if not data or connection.user is None:
            self._drop(connection, "connection closed by the server")
            return
        buffer = connection.buffer
        buffer += data
        if not connection.body_at:
            end = buffer.find(END_OF_HEAD)
            if end < 0:
                return
            connection.body_at = end + len(END_OF_HEAD)
            connection.length = connection.body_at + content_length(bytes(buffer[:end]))
        if len(buffer) >= connection.length:
            self._complete(connection)

    def _complete(self, connection: Connection) -> None:
        now, user = self.now(), connection.user
        assert user is not None  # noqa: S101  # for the type checker: only busy connections come here
        head, body = bytes(connection.buffer[: connection.body_at]), bytes(connection.buffer[connection.body_at :])
        connection.buffer.clear()
        connection.body_at, connection.user, connection.since = 0, None, now
        self.busy.discard(connection)
        self.idle.append(connection)
        self._answer(user, Response(int(head[9:12]), head, body, now))

    def _answer(self, user: User, response: Response) -> None:
        with contextlib.suppress(StopIteration):
            self._schedule(user, user.send(response))

    def _drop(self, connection: Connection, why: str) -> None:
        """Give up a connection; whoever waits on it is told that there is no answer."""
        user = connection.user
        self._forget(connection)
        if user:
            self._answer(user, Response(0, b"", why.encode(), self.now()))

    def _forget(self, connection: Connection) -> None:
        self.selector.unregister(connection.socket)
        connection.socket.close()
        self.busy.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)

    def _time_out(self) -> None:
        now = self.now()
        for connection in [one for one in self.busy if now - one.since > TIMEOUT_SECONDS]:
            self._drop(connection, f"no answer within {TIMEOUT_SECONDS} s")


def content_length(head: bytes) -> int:
    """Return the length of the body that a response head announces; 0 if it announces none."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def header(head: bytes, name: bytes) -> bytes:
    """Return the value of a response header, empty if it is not there."""
    for line in head.split(b"\r\n"):
        if line.lower().startswith(name + b":"):
            return line[len(name) + 1 :].strip()
    return b""
