"""Rate limits count in the cache; each test starts with none used up. And where the mail goes."""

import socket
from collections.abc import Callable

import pytest
from django.core.cache import cache

from lms.users import roles


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def synced_roles(db) -> None:
    roles.sync()


@pytest.fixture
def smtp(settings) -> Callable[..., int]:
    """Point the delivery at a loopback port: the given one, or one where nobody listens. Returns the port."""

    def point(port: int | None = None) -> int:
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        settings.MAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        return port

    return point
