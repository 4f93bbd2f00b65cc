"""House rules about URLs: what is public is listed here, and a URL is named for its view."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

BACK_OFFICE = {"cms/", "django-admin/"}  # guarded as a whole, by login and two-factor
OURS = ("lms.", "courses.", "exams.", "payments.", "certificates.")
PUBLIC = {
    "healthz",
    "readyz",
    "robots",
    "search",
    "wagtail_serve",
    "wagtaildocs_serve",
    "courses:glossary",
    "courses:lab_list",
    "courses:lab_detail",
    "courses:media_file",
    "courses:lesson_image",
    "courses:stream_master",  # of a free lesson
    "courses:stream_file",
    "courses:offline",
    "courses:reminder_stop",  # by the token of the mail
    "courses:service_worker",
    "courses:web_manifest",
    "courses:lesson_slide",
    "courses:seat_claim",
    "payments:stripe_webhook",
    "exams:lesson_item",  # of a free lesson
    "exams:item_picture",  # of a question in a free lesson
    "exams:attempt_save",  # by the token of the page
    "certificates:verify",
    "certificates:check_file",
    "certificates:shared",
    "certificates:badge",
    "certificates:study_proof_verify",
    "certificates:issuer_profile",
    "certificates:status_list",
    "certificates:log",
    "certificates:tree_head",
    "certificates:tree_heads",
    "certificates:consistency_proof",
    "certificates:inclusion_proof",
    "certificates:leaves",
    "did_document",
    "staffing:calculator",
    "staffing:calculator_embed",
    "staffing:roster_template",
    "staffing:evidence_shared",  # by the token of the link
    "staffing:evidence_shared_file",
    "api:not_found",  # the endpoints themselves are by token
}
PUBLIC_EMBEDDED_ONLY = {"mailbox", "mailbox_message"}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if str(entry.pattern) in BACK_OFFICE:
            continue
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
        if name not in {"wagtail_serve", "wagtaildocs_serve"} and name.rpartition(":")[2] != entry.callback.__name__
    }

    assert odd == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/learn/", "/orders/", "/certificates/", "/staffing/checks/", "/exams/attempts/", "/accounts/profile/"]
)
def test_private_page_asks_for_login(path):
    response = Client().get(path)

    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={path}")


def keys(
    resolver: URLResolver, namespace: str = "", outer: dict[str, bool] | None = None
) -> Iterator[tuple[str, dict[str, bool]]]:
    """Give each named address of ours with what it takes, and whether that is a row's key."""
    for entry in resolver.url_patterns:
        if str(entry.pattern) in BACK_OFFICE:
            continue
        taken = (outer or {}) | {key: isinstance(kind, IntConverter) for key, kind in entry.pattern.converters.items()}
        if isinstance(entry, URLResolver):
            yield from keys(entry, ":".join(part for part in (namespace, entry.namespace) if part), taken)
        elif entry.callback.__module__.startswith(OURS):
            yield ":".join(part for part in (namespace, entry.name) if part), taken


def absurd_addresses() -> list[str]:
    """Every address of ours that takes a row's key, with a number that no database can hold."""
    with_keys = []
    for name, takes in keys(get_resolver()):
        if any(takes.values()):
            address = reverse(name, kwargs={key: 777_777 if is_key else "x" for key, is_key in takes.items()})
            with_keys.append(address.replace("777777", "7" * 20))
    return with_keys


@pytest.mark.django_db
def test_absurd_number_in_an_address_is_404(as_alice):
    addresses = absurd_addresses()
    answers = {path: {as_alice.get(path).status_code, as_alice.post(path).status_code} for path in addresses}

    assert len(addresses) >= 9
    assert {path: codes for path, codes in answers.items() if not codes <= {404, 405}} == {}
