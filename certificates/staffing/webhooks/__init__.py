"""
Webhooks out: a company's own systems hear of what happens to it. Source: docs/rules/api.md, rules I9-I20.

What happens here is written down where it happens (`emit`); what lower apps leave is found by sweeps (`news`,
`coverage`). Either way a row waits until it is sent.
"""

from certificates.staffing.webhooks.deliveries import body_of, deliver, purge
from certificates.staffing.webhooks.destinations import BadDestination
from certificates.staffing.webhooks.endpoints import (
    CHOSEN,
    MAX_ENDPOINTS,
    AddressTaken,
    AlreadyDisabled,
    NoEvent,
    NotDisabled,
    TooManyEndpoints,
    change,
    delete,
    disable,
    enable,
    make,
    rotate,
)
from certificates.staffing.webhooks.events import (
    AlreadyWaiting,
    EndpointDisabled,
    PingedJustNow,
    emit,
    ping,
    send_again,
)

__all__ = [
    "CHOSEN",
    "MAX_ENDPOINTS",
    "AddressTaken",
    "AlreadyDisabled",
    "AlreadyWaiting",
    "BadDestination",
    "EndpointDisabled",
    "NoEvent",
    "NotDisabled",
    "PingedJustNow",
    "TooManyEndpoints",
    "body_of",
    "change",
    "delete",
    "deliver",
    "disable",
    "emit",
    "enable",
    "make",
    "ping",
    "purge",
    "rotate",
    "send_again",
]
