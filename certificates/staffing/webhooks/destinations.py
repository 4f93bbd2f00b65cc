"""Where we let a company send us: an https address whose every IP address is public. Source: docs/rules/api.md, I10."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from lms.errors import DomainError

LONGEST = 500
LOWEST_PORT = 1024
PORTS = {"https": 443, "http": 80}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# What Python, or some version of it, takes for public:
NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16",  # answered by the cloud machine itself
            "192.0.0.0/24",  # protocol assignments, metadata of one cloud among them
            "192.88.99.0/24",  # relays of 6to4
            *("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48"),  # 6to4, Teredo, NAT64: ways into IPv4
        ),
    )
)


class BadDestination(DomainError):
    message = "这个地址不能接收推送。请填写 https:// 开头、外网可以访问的地址。"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to connect, and what to ask for there. `addresses` have been judged: connect to these and to no other."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def resolve(url: str, *, allow_local: bool) -> Destination:
    """
    Look an address up and judge all that it leads to. With `allow_local` this machine itself is fine, over http too.

    Raises: BadDestination. Source: docs/rules/api.md, rule I10.
    """
    parts = _parts(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_local):
        raise BadDestination("地址要以 https:// 开头。")
    host, port = _host_and_port(parts)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BadDestination(f"查不到 {host} 的地址。请核对域名。") from error
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(is_reachable(address, allow_local=allow_local) for address in addresses):
        raise BadDestination("这个地址指向内部网络，不能接收推送。请填写外网可以访问的地址。")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port, path, addresses)


def is_reachable(address: str, *, allow_local: bool) -> bool:
    """Say whether we may connect to an IP address: the public internet, or this machine where that is allowed."""
    found: Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.is_loopback:
        return allow_local
    if any(found in network for network in NOT_PUBLIC):
        return False
    unfit = found.is_private or found.is_multicast or found.is_reserved or found.is_link_local or found.is_unspecified
    return found.is_global and not unfit and not getattr(found, "is_site_local", False)


def _parts(url: str) -> SplitResult:
    if len(url) > LONGEST or not url.isascii() or any(ord(one) <= 32 or ord(one) == 127 for one in url):
        raise BadDestination(f"地址最长 {LONGEST} 个字符，只能用英文字母、数字和符号；中文域名请写成 xn-- 的形式。")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise BadDestination from error


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadDestination("地址里不要写用户名、密码和 # 片段。")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadDestination("端口不对。") from error
    if not host:
        raise BadDestination
    if port is not None and port != PORTS[parts.scheme] and port < LOWEST_PORT:
        raise BadDestination(f"端口只能是 {PORTS[parts.scheme]} 或 {LOWEST_PORT} 以上。")
    return host.rstrip("."), port or PORTS[parts.scheme]
