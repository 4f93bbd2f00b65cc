"""House rules about URLs: what is public is listed here, and a URL is named for its view."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

OURS = ("lms.", "courses.", "exams.", "payments.", "certificates.")
PUBLIC = {
    "healthz",
    "readyz",
    "wagtail_serve",
    "courses:media_file",
    "courses:lesson_image",
    "payments:stripe_webhook",
    "certificates:verify",
    "staffing:calculator",
    "staffing:roster_template",
}
PUBLIC_EMBEDDED_ONLY = {"mailbox", "mailbox_message"}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from patterns(entry, inner)
        elif entry.callback.__module__.startswith(OURS) or entry.name == "wagtail_serve":
            yield ":".join(part for part in (namespace, entry.name) if part), entry


def test_public_urls_are_the_listed_ones():
    public = {name for name, entry in patterns(get_resolver()) if not getattr(entry.callback, "login_required", True)}

    assert public == PUBLIC | PUBLIC_EMBEDDED_ONLY


def test_url_is_named_for_its_view():
    odd = {
        name: entry.callback.__name__
        for name, entry in patterns(get_resolver())
        if name != "wagtail_serve" and name.rpartition(":")[2] != entry.callback.__name__
    }

    assert odd == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/learn/", "/orders/", "/certificates/", "/staffing/checks/", "/exams/attempts/", "/accounts/profile/"]
)
def test_private_page_asks_for_login(path):
    response = Client().get(path)

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={path}")
