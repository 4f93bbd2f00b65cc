"""A mail server of thirty lines: takes everything on a loopback port and keeps it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class Sink(socketserver.ThreadingTCPServer):
    """`letters` are (recipients, message) as they came over the wire; recipients in `refused` get a 550."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, refused: tuple[str, ...]) -> None:
        super().__init__(("127.0.0.1", port), Talk)
        self.letters: list[tuple[list[str], bytes]] = []
        self.refused = refused


class Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        recipients: list[str] = []
        self.say(b"220 sink")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipients.append(line.decode().partition("<")[2].partition(">")[0])
            is_refused = verb == b"RCPT" and recipients[-1] in self.server.refused
            self.say(b"550 no such person" if is_refused else ANSWERS.get(verb, b"250 ok"))
            if verb == b"DATA":
                lines = (line.removeprefix(b".") for line in iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append((recipients, b"".join(lines)))
                self.say(b"250 taken")
            elif verb == b"QUIT":
                return

    def say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\r\n")


@contextmanager
def sink(port: int = 0, refused: tuple[str, ...] = ()) -> Iterator[Sink]:
    with Sink(port, refused) as server:
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        try:
            yield server
        finally:
            server.shutdown()
