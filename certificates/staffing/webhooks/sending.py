"""One POST over a connection to an address that has been judged: no redirects, no long answers, no endless waiting."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from certificates.staffing.webhooks.destinations import Destination

CONNECT_SECONDS = 4.0
TOTAL_SECONDS = 10.0
ADDRESSES_TRIED = 2
ANSWER_BYTES = 2000
ANSWER_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: its status code, how long it took, and the beginning of its text."""

    code: int
    milliseconds: int
    text: str


class Unanswered(Exception):
    """There was no answer; the text says why, for people."""


def post(*, destination: Destination, body: bytes, headers: Mapping[str, str]) -> Answer:
    """
    Send a body and return the answer, whatever its code, within TOTAL_SECONDS.

    Raises: Unanswered. Source: docs/rules/api.md, rules I10 and I15.
    """
    begun = time.monotonic()
    connection = _Connection(destination)
    # A timeout of a socket begins anew with every byte: somebody who drips would hold us for ever.
    watchdog = threading.Timer(TOTAL_SECONDS, connection.abort)
    watchdog.daemon = True
    watchdog.start()
    try:
        every = {"Host": destination.host_header, "Content-Type": "application/json", **headers}
        connection.request("POST", destination.path, body=body, headers=every)
        response = connection.getresponse()
        text = response.read(ANSWER_BYTES)
        if connection.is_aborted:
            raise TimeoutError
        return Answer(response.status, int((time.monotonic() - begun) * 1000), _readable(text))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unanswered(_words(error, is_late=connection.is_aborted)) from error
    finally:
        watchdog.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """Connects to the judged addresses alone, so that a name that changes its mind leads nowhere else."""

    def __init__(self, destination: Destination) -> None:
        super().__init__(destination.host, destination.port, timeout=CONNECT_SECONDS)
        self.destination = destination
        self.is_aborted = False

    def connect(self) -> None:
        self.sock = self._socket()
        self.sock.settimeout(TOTAL_SECONDS)
        if self.is_aborted:  # before there was anything to shut down
            raise TimeoutError
        if self.destination.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(
                self.sock, server_hostname=self.destination.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def abort(self) -> None:
        self.is_aborted = True
        if isinstance(self.sock, socket.socket):
            with suppress(OSError):  # it may be over already
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # not TLS's own: another thread is reading

    def _socket(self) -> socket.socket:
        *others, last = self.destination.addresses[:ADDRESSES_TRIED]
        for address in others:
            try:
                return socket.create_connection((address, self.destination.port), timeout=CONNECT_SECONDS)
            except OSError:
                continue
        return socket.create_connection((last, self.destination.port), timeout=CONNECT_SECONDS)


def _readable(text: bytes) -> str:
    """Keep what a database and a page can show."""
    kept = text.decode("utf-8", errors="replace")
    return "".join(one if one.isprintable() else " " for one in kept).strip()[:ANSWER_LENGTH]


def _words(error: Exception, *, is_late: bool) -> str:
    if is_late or isinstance(error, TimeoutError):
        return f"{TOTAL_SECONDS:g} 秒内没有回答"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"对方的 HTTPS 证书不可信：{error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"HTTPS 握手失败：{error.reason}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "对方没有回答就断开了连接"
    if isinstance(error, OSError):
        return f"连接失败：{error.strerror or type(error).__name__}"
    return f"回答不是 HTTP：{type(error).__name__}"
