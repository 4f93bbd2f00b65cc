"""Who is let in, how often, and that nobody reaches another company."""

import json
import re
from datetime import timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from django.test import Client
from django.utils import timezone

from certificates.staffing import api_tokens
from certificates.staffing.models import ApiToken, Company, Employment, Member, Person, Training
from courses.models import Seat
from lms.api import auth
from lms.users.models import User
from tests.factories.api import EVERYTHING, Caller, caller, make_token
from tests.factories.companies import make_company, make_person, make_site
from tests.factories.seats import make_batch

pytestmark = pytest.mark.django_db
READS = {
    "roster": "roster:read",
    "check": "check:read",
    "check/people": "check:read",
    "forecast": "forecast:read",
    "certificates": "certificates:read",
    "certificates/lookup": "certificates:read",
    "seats": "seats:read",
    "trainings": "seats:read",
}
WRITES = {
    "roster": "roster:write",
    "roster/{person_id}/leave": "roster:write",
    "seats/assign": "seats:write",
    "trainings/{training_id}/reclaim": "seats:write",
}


def test_every_address_is_in_these_tables():
    document = Client().get("/api/v1/openapi.json").json()

    assert {(path.removeprefix("/api/v1/"), method) for path, item in document["paths"].items() for method in item} == {
        (path, "get") for path in READS
    } | {(path, "post") for path in WRITES}


def test_guide_names_every_address_with_its_scope():
    guide = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    named = set(re.findall(r"^\| `(GET|POST) /(\S+)` \| `(\S+)` \|", guide, re.M))

    reads = {("GET", path, scope) for path, scope in READS.items()}
    assert named == reads | {("POST", re.sub(r"{\w+}", "{id}", path), scope) for path, scope in WRITES.items()}


def test_openapi_document_is_openapi_3_1():
    response = Client().get("/api/v1/openapi.json")
    document = response.json()

    assert (response.status_code, document["openapi"]) == (200, "3.1.0")
    assert document["components"]["securitySchemes"] == {"TokenAuth": {"type": "http", "scheme": "bearer"}}
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator(schema | {"components": document["components"]})


@pytest.mark.parametrize("secret", ["", "x", "shfw_" + "a" * 43, "密"])
def test_without_a_token_is_401_in_json_and_no_login_page(secret):
    client = Caller(secret) if secret.isascii() else Caller("")

    response = client.get("roster")

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] == "no_token"


def test_session_of_the_owner_opens_nothing(as_alice, company):
    assert as_alice.get("/api/v1/roster").status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: ApiToken.objects.update(revoked_at=timezone.now()),
        lambda token: ApiToken.objects.update(expires_at=timezone.now()),
        lambda token: Member.objects.update(role="MANAGER"),
        lambda token: Member.objects.all().delete(),
        lambda token: User.objects.update(is_active=False),
        lambda token: Company.objects.update(status="REJECTED", decided_at=timezone.now(), decision="查无此企业"),
    ],
    ids=["revoked", "expired", "no longer owner", "no longer member", "account closed", "company rejected"],
)
def test_token_that_opens_nothing_any_more(spoil, company, alice):
    token, secret = make_token(company=company, by=alice)
    assert Caller(secret).get("roster").status_code == 200

    spoil(token)

    assert Caller(secret).get("roster").status_code == 401


@pytest.mark.parametrize(("path", "scope"), READS.items())
def test_read_needs_its_scope(path, scope, company, alice):
    others = tuple(one for one in EVERYTHING if one != scope)

    refused = caller(company=company, by=alice, scopes=others).get(path)

    assert (refused.status_code, refused.json()["code"]) == (403, "no_scope")
    assert caller(company=company, by=alice, scopes=(scope,)).get(path).status_code != 403


@pytest.mark.parametrize(("path", "scope"), WRITES.items())
def test_write_needs_its_scope(path, scope, company, alice):
    others = tuple(one for one in EVERYTHING if one != scope)
    address = path.format(person_id=1, training_id=1)

    refused = caller(company=company, by=alice, scopes=others).post(address)

    assert (refused.status_code, refused.json()["code"]) == (403, "no_scope")
    assert caller(company=company, by=alice, scopes=(scope,)).post(address).status_code in (404, 422)


def test_token_of_another_company_reaches_nothing(company, alice, charlie, now):
    """Every address with a stranger's token: nothing of Alice's is shown or changed."""
    site = make_site(company=company)
    person = make_person(company=company, site=site, name="查无此人", staff_number="E1")
    batch = make_batch(holder=alice)
    seat = batch.seats.first()
    Seat.objects.filter(pk=seat.pk).update(state="NAMED", email="secret@example.com")
    training = Training.objects.create(person=person, seat=seat, email="secret@example.com", assigned_at=now)
    own = make_company(owner=charlie)
    make_person(company=own, name="自己人", staff_number="E1")
    stranger = caller(company=own, by=charlie)
    before = list(Employment.objects.values()), list(Seat.objects.order_by("pk").values())

    shown = [stranger.get(path, number="x", name="x").content.decode() for path in READS]
    answers = {
        "site": stranger.get("check", site=site.pk).status_code,
        "site people": stranger.get("check/people", site=site.pk).status_code,
        "leave": stranger.post(f"roster/{person.pk}/leave", {"left_on": "2026-11-22"}).status_code,
        "reclaim": stranger.post(f"trainings/{training.pk}/reclaim").status_code,
        "assign": stranger.post(
            "seats/assign",
            {"order_number": batch.order_number, "people": [{"person_id": person.pk, "email": "a@example.com"}]},
        ).status_code,
    }
    wrote = stranger.post("roster", {"people": [{"name": "自己人", "is_manager": True}], "is_full": True})

    assert set(answers.values()) == {404}, answers
    assert wrote.status_code == 200
    assert not [text for text in shown if any(word in text for word in ("查无此人", "secret@", batch.order_number))]
    assert (
        list(Employment.objects.filter(person__company=company).values()),
        list(Seat.objects.order_by("pk").values()),
    ) == ([one for one in before[0] if one["person_id"] == person.pk], before[1])


def test_person_of_another_company_gets_no_seat(api, company, alice, charlie):
    batch = make_batch(holder=alice)
    theirs = make_person(company=make_company(owner=charlie))

    response = api.post(
        "seats/assign",
        {"order_number": batch.order_number, "people": [{"person_id": theirs.pk, "email": "a@example.com"}]},
    )

    assert (response.status_code, response.json()["errors"]) == (
        422,
        [{"at": "people[0].person_id", "message": "花名册里没有这个人", "remedy": "请核对编号"}],
    )


def test_rate_is_limited_per_token(api, company, alice, monkeypatch):
    monkeypatch.setattr(auth, "PER_MINUTE", 2)

    codes = [api.get("roster").status_code for _ in range(3)]
    refused = api.get("roster")

    assert codes in ([200, 200, 429], [200, 200, 200])  # the minute may have turned
    if refused.status_code == 429:
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert refused.json()["code"] == "too_often"
    assert caller(company=company, by=alice).get("roster").status_code == 200


def test_rate_is_limited_without_a_token(monkeypatch):
    monkeypatch.setattr(auth, "REFUSED_PER_MINUTE", 0)

    codes = {Caller("x").get("roster").status_code for _ in range(3)}

    assert 429 in codes


def test_use_is_noted_once_in_five_minutes(company, alice, now):
    token, secret = api_tokens.make(
        company=company, name="甲", scopes=["roster:read"], valid_days=30, by=alice, now=now
    )

    for minutes, noted in ((1, 1), (3, 1), (6, 6)):
        api_tokens.find(secret=secret, now=now + timedelta(minutes=minutes))
        token.refresh_from_db()
        assert token.last_used_at == now + timedelta(minutes=noted)


def test_secret_is_kept_nowhere(company, alice):
    token, secret = make_token(company=company, by=alice)

    stored = json.dumps(list(ApiToken.objects.values()), default=str)
    assert secret not in stored
    assert token.prefix == secret[:12]


@pytest.mark.parametrize(
    ("path", "code"), [("", 404), ("nothing", 404), ("roster/x/leave", 404), ("roster/" + "7" * 20 + "/leave", 404)]
)
def test_unknown_address_is_a_problem(path, code, api):
    assert (api.post(path).status_code, api.get(path)["Content-Type"]) == (code, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("roster", {"page": "0"}),
        ("roster", {"page": "9" * 30}),
        ("roster", {"page_size": "x"}),
        ("roster", {"employed_on": "0000-00-00"}),
        ("roster", {"staff_number": "\x00"}),
        ("check", {"as_of": "1900-01-01"}),
        ("check", {"site": "9" * 30}),
        ("check/people", {"show": "x"}),
        ("certificates/lookup", {"number": "x" * 100, "name": "x"}),
        ("certificates/lookup", {}),
    ],
)
def test_odd_query_is_told_by_its_field(path, query, api):
    response = api.get(path, **query)
    names = {one["at"] for one in response.json()["errors"]}

    assert response.status_code == 422
    assert names == (set(query) - {"name"} or {"number", "name"})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '"x"',
        b"\xff\xfe",
        '{"people": "x"}',
        '{"people": [{"name": "\\ud800"}]}',
        "[" * 5000,
    ],
)
@pytest.mark.parametrize("path", ["roster", "seats/assign"])
def test_odd_body_is_refused_in_words(path, body, api):
    response = api.post(path, body)

    assert (response.status_code in (400, 422), response["Content-Type"]) == (True, "application/problem+json")
    assert not Person.objects.exists()


def test_body_over_the_limit_is_413(api):
    assert api.post("roster", b'{"people": "' + b"x" * 2_200_000 + b'"}').status_code == 413


def test_unknown_method_is_a_problem(api):
    response = api.post("check")

    assert (response.status_code, response["Allow"], response.json()["code"]) == (405, "GET", "not_allowed")
    assert api.get("check").status_code == 409  # nobody is on the roster
