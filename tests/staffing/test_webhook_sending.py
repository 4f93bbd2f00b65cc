"""One POST, against real sockets that answer, drip, hang, redirect and show certificates that nobody signed."""

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certificates.staffing.webhooks import destinations, sending
from tests.staffing.webhook_receiver import receiver


def to(url):
    return destinations.resolve(url, allow_local=True)


def post(url):
    return sending.post(destination=to(url), body=b'{"a":1}', headers={"webhook-id": "evt_1"})


@contextmanager
def server(handle):
    """Accept one connection and let `handle` do with it what it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run():
            connection, _ = listening.accept()
            with connection:
                handle(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def speak(connection, words):
    """Hear what is sent, all of it or else a closing resets the connection, and say something."""
    connection.settimeout(0.2)
    with suppress(TimeoutError):
        while connection.recv(65536):
            pass
    connection.sendall(words)


def test_post_hears_of_a_silent_end():
    with server(lambda _: None) as port, pytest.raises(sending.Unanswered, match=r"断开|连接失败"):
        post(f"http://127.0.0.1:{port}/")


def test_post_sends_and_reads():
    with receiver() as system:
        answer = post(system.url)

    [sent] = system.sent
    assert (sent.path, sent.body) == ("/hook?a=1", b'{"a":1}')
    assert {name: sent.headers[name] for name in ("host", "content-type", "webhook-id")} == {
        "host": f"127.0.0.1:{system.port}",
        "content-type": "application/json",
        "webhook-id": "evt_1",
    }
    assert (answer.code, answer.text) == (200, "ok")


def test_post_follows_no_redirect():
    with receiver() as secret, receiver() as system:
        system.code, system.headers = 302, {"Location": secret.url}
        answer = post(system.url)

    assert (answer.code, secret.sent) == (302, [])


def test_post_reads_the_beginning_of_a_long_answer():
    with receiver() as system:
        system.answer = b"\x00\xff<b>" + "好".encode() * 100_000
        answer = post(system.url)

    assert len(answer.text) == sending.ANSWER_LENGTH
    assert answer.text.startswith("\ufffd<b>好好")


def test_post_connects_to_the_judged_address_whatever_the_name_says_now():
    with receiver() as system:
        found = destinations.Destination("http", "no-such-name.invalid", system.port, "/", ("127.0.0.1",))
        assert sending.post(destination=found, body=b"", headers={}).code == 200

    assert system.sent[0].headers["host"] == f"no-such-name.invalid:{system.port}"


def test_post_tries_the_next_address():
    with receiver() as system:
        found = destinations.Destination("http", "example.com", system.port, "/", ("127.0.0.2", "127.0.0.1"))
        assert sending.post(destination=found, body=b"", headers={}).code == 200


def test_post_to_nobody():
    with pytest.raises(sending.Unanswered, match=r"^连接失败：Connection refused$"):
        post("http://127.0.0.1:1024/")


def test_post_to_something_that_is_no_web_server():
    with (
        server(lambda connection: speak(connection, b"220 mail.example.com\r\n")) as port,
        pytest.raises(sending.Unanswered, match=r"^回答不是 HTTP：BadStatusLine$"),
    ):
        post(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"]
)
def test_post_does_not_wait_for_one_that_drips(start, monkeypatch):
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.3)
    is_over = threading.Event()

    def drip(connection):
        connection.sendall(start)
        while not is_over.wait(0.05):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with server(drip) as port:
        with pytest.raises(sending.Unanswered, match=r"^0\.3 秒内没有回答$"):
            post(f"http://127.0.0.1:{port}/")
        is_over.set()


def self_signed(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "both.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem


@contextmanager
def tls_server(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def answer(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                speak(secure, b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            pass

    with server(answer) as port:
        yield port


def test_post_over_tls_checks_who_answers(tmp_path):
    with tls_server(self_signed(tmp_path)) as port, pytest.raises(sending.Unanswered, match="证书不可信：self-signed"):
        post(f"https://localhost:{port}/")


def test_post_over_tls_by_the_name_at_the_judged_address(tmp_path, monkeypatch):
    """The certificate is checked against the name, the connection goes to the address."""
    pem = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=str(pem))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)

    with tls_server(pem) as port:
        found = destinations.Destination("https", "localhost", port, "/", ("127.0.0.1",))
        assert sending.post(destination=found, body=b"{}", headers={}).code == 204
    with tls_server(pem) as port:
        other = destinations.Destination("https", "example.com", port, "/", ("127.0.0.1",))
        with pytest.raises(sending.Unanswered, match="证书不可信：Hostname mismatch"):
            sending.post(destination=other, body=b"{}", headers={})


def test_post_over_tls_to_one_that_speaks_plainly():
    with (
        server(lambda connection: speak(connection, b"HTTP/1.1 200 OK\r\n\r\n")) as port,
        pytest.raises(sending.Unanswered, match=r"^HTTPS 握手失败："),
    ):
        post(f"https://127.0.0.1:{port}/")
