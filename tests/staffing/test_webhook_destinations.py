"""Where companies may have us send: never into our own network. Source: docs/rules/api.md, rule I10."""

import socket

import pytest

from certificates.staffing.webhooks import destinations
from certificates.staffing.webhooks.destinations import BadDestination, Destination

PUBLIC = ["8.8.8.8", "1.1.1.1", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8", "2001:4860:4860::8888"]
INSIDE = [
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.100.100.200",  # metadata of Alibaba Cloud
    "168.63.129.16",  # Azure
    "192.0.0.192",  # Oracle
    "fd00:ec2::254",  # AWS over IPv6
    "0.0.0.0",  # noqa: S104  # an address to refuse
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::1",
]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]


def answers(monkeypatch, *addresses):
    """Let every name lead to these addresses."""
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses],
    )


@pytest.mark.parametrize("address", PUBLIC)
def test_is_reachable_in_public(address):
    assert destinations.is_reachable(address, allow_local=False)


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("allow_local", [True, False])
def test_is_reachable_never_inside(address, allow_local):
    assert not destinations.is_reachable(address, allow_local=allow_local)


@pytest.mark.parametrize("address", LOOPBACK)
def test_is_reachable_on_this_machine_only_if_allowed(address):
    assert [destinations.is_reachable(address, allow_local=allowed) for allowed in (True, False)] == [True, False]


def test_resolve_says_where_to_connect(monkeypatch):
    answers(monkeypatch, "8.8.8.8", "1.1.1.1", "8.8.8.8")

    found = destinations.resolve("https://Hooks.example.com:8443/a/b?c=d", allow_local=False)

    assert found == Destination("https", "hooks.example.com", 8443, "/a/b?c=d", ("8.8.8.8", "1.1.1.1"))
    assert found.host_header == "hooks.example.com:8443"


def test_resolve_keeps_the_host_header_short(monkeypatch):
    answers(monkeypatch, "8.8.8.8")

    assert destinations.resolve("https://example.com.", allow_local=False).host_header == "example.com"
    assert destinations.resolve("https://[2400:3200::1]/", allow_local=False).host_header == "[2400:3200::1]"


def test_resolve_refuses_a_name_with_one_address_inside(monkeypatch):
    answers(monkeypatch, "8.8.8.8", "10.0.0.1")

    with pytest.raises(BadDestination, match="内部网络"):
        destinations.resolve("https://example.com/", allow_local=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://0/",
    ],
)
def test_resolve_sees_through_other_ways_to_write_this_machine(url):
    with pytest.raises(BadDestination):
        destinations.resolve(url, allow_local=False)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("javascript:alert(1)", "https://"),
        ("example.com", "https://"),
        ("", "https://"),
        ("https://", "不能接收"),
        ("https:///path", "不能接收"),
        ("https://user:secret@example.com/", "用户名"),
        ("https://@example.com/", "用户名"),
        ("https://example.com/#x", "片段"),
        ("https://example.com:22/", "端口"),
        ("https://example.com:99999/", "端口"),
        ("https://example.com:x/", "端口"),
        ("https://[::1/", "不能接收"),
        ("https://例子.中国/", "xn--"),
        ("https://example.com/\r\nX: 1", "xn--"),
        ("https://example.com/ a", "xn--"),
        ("https://example.com/" + "a" * 500, "500"),
        ("https://no-such-name.invalid/", "查不到"),
        ("https://" + "a" * 70 + ".com/", "查不到"),
    ],
)
def test_resolve_refuses(url, words):
    with pytest.raises(BadDestination, match=words):
        destinations.resolve(url, allow_local=False)


def test_resolve_lets_http_through_only_where_this_machine_is_allowed():
    found = destinations.resolve("http://127.0.0.1:8000/x", allow_local=True)

    assert found == Destination("http", "127.0.0.1", 8000, "/x", ("127.0.0.1",))
    with pytest.raises(BadDestination):
        destinations.resolve("http://127.0.0.1:8000/x", allow_local=False)
