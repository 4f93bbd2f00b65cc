"""How often one network may ask. docs/rules/certificates.md, rules N9 and N29."""

import ipaddress

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone


def asks_too_often(request: HttpRequest, *, kind: str, per_minute: int) -> bool:
    """Count this request for its network (an IPv6 /64 is one) and tell whether the minute's share is used up."""
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    network = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
    key = f"certificates:{kind}:{network.network_address}:{int(timezone.now().timestamp()) // 60}"
    if cache.add(key, 1, 120):
        return False
    try:
        return cache.incr(key) > per_minute
    except ValueError:  # the cache dropped the counter in between
        return False
