from hashlib import sha256

import pytest
import time_machine
from django.test import Client

from exams import attempts
from exams.models import SESSION_SPAN, Attempt
from exams.safe_browser import Demand, Proof, request_hash
from tests.exams.test_admin import staff
from tests.factories.exams import make_eligible, make_exam

CONFIG_KEY = "5c2a1f" + "0" * 58
EXAM_KEY = "ab" * 32
HOST = "http://testserver"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def guarded(sitting):
    """Alice's open attempt, whose exam demands a configuration key."""
    sitting.exam.needs_safe_browser = True
    sitting.exam.safe_browser_config_keys = ["0" * 64, CONFIG_KEY]
    sitting.exam.save()
    return sitting


def proof(path, key=CONFIG_KEY, origin=HOST):
    """The header that SEB sends for a page, computed here by hand."""
    return {"X-SafeExamBrowser-ConfigKeyHash": sha256(f"{origin}{path}{key}".encode()).hexdigest()}


def room(attempt, ending=""):
    return f"/exams/attempts/{attempt.pk}/{ending}"


# --- The rule ---------------------------------------------------------------------------------------------------------
def test_hash_covers_the_address_without_its_fragment():
    url = "https://exam.example.com/exams/attempts/7/?a=1"

    assert request_hash(url=f"{url}#q3", key=CONFIG_KEY) == sha256((url + CONFIG_KEY).encode()).hexdigest()


@pytest.mark.parametrize(
    ("configs", "exams", "sent_config", "sent_exam", "is_met"),
    [
        ([CONFIG_KEY], [], CONFIG_KEY, "", True),
        (["1" * 64, CONFIG_KEY], [], CONFIG_KEY, "", True),
        ([], [EXAM_KEY], "", EXAM_KEY, True),
        ([CONFIG_KEY], [EXAM_KEY], CONFIG_KEY, EXAM_KEY, True),
        ([CONFIG_KEY], [EXAM_KEY], CONFIG_KEY, "", False),
        ([CONFIG_KEY], [], EXAM_KEY, CONFIG_KEY, False),
        ([CONFIG_KEY], [], "", "", False),
        ([], [], CONFIG_KEY, EXAM_KEY, False),
    ],
)
def test_each_kind_of_key_that_is_set_has_to_fit(configs, exams, sent_config, sent_exam, is_met):
    url = "https://exam.example.com/x/"
    sent = Proof(*(request_hash(url=url, key=key) if key else "" for key in (sent_config, sent_exam)))

    assert Demand(configs, exams).is_met(sent, ["https://other.example.com/x/", url]) is is_met


def test_strange_hashes_are_no_proof():
    demand = Demand([CONFIG_KEY], [])

    assert [demand.is_met(Proof(text, ""), [HOST]) for text in ("é" * 64, " ", CONFIG_KEY)] == [False] * 3


def test_upper_case_hexadecimal_is_the_same_hash():
    sent = request_hash(url=HOST, key=CONFIG_KEY).upper()

    assert Demand([CONFIG_KEY], []).is_met(Proof(sent, ""), [HOST])


# --- The doors --------------------------------------------------------------------------------------------------------
def test_other_browsers_are_told_how_to_get_in(as_alice, guarded):
    response = as_alice.get(room(guarded))

    page = response.content.decode()
    assert response.status_code == 403
    assert "safeexambrowser.org" in page
    assert "题干" not in page


def test_seb_gets_in(as_alice, guarded):
    response = as_alice.get(room(guarded), headers=proof(room(guarded)))

    assert response.status_code == 200
    assert "题干" in response.content.decode()


def test_the_hash_of_another_page_is_refused(as_alice, guarded):
    assert as_alice.get(room(guarded), headers=proof("/exams/")).status_code == 403


def test_start_is_refused_and_uses_up_nothing(as_alice, alice, exam):
    make_eligible(alice, exam)
    exam.needs_safe_browser, exam.safe_browser_config_keys = True, [CONFIG_KEY]
    exam.save()
    path = f"/exams/{exam.pk}/start/"

    refused = as_alice.post(path, {"has_read_rules": "on"})
    assert (refused.status_code, Attempt.objects.count()) == (403, 0)

    as_alice.post(path, {"has_read_rules": "on"}, headers=proof(path))
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("ending", ["session/", "hand-in/"])
def test_posts_are_refused_in_words_and_change_nothing(as_alice, guarded, ending):
    response = as_alice.post(room(guarded, ending), {}, content_type="application/json")

    guarded.refresh_from_db()
    assert response.status_code == 403
    assert "Safe Exam Browser" in response.json()["message"]
    assert (guarded.status, guarded.session_number) == ("OPEN", 1)


def test_answers_need_the_hash_too(as_alice, guarded):
    path = room(guarded, "session/")
    token = as_alice.post(path, {}, content_type="application/json", headers=proof(path)).json()["token"]
    path = room(guarded, "answers/")
    body = {"entries": [{"seq": 2 * SESSION_SPAN + 1, "position": 0, "answer": "A"}]}
    save = {"path": path, "data": body, "content_type": "application/json"}

    refused = as_alice.post(**save, headers={"X-Attempt-Token": token})
    kept = as_alice.post(**save, headers={"X-Attempt-Token": token} | proof(path))

    assert (refused.status_code, kept.status_code, guarded.entries.count()) == (403, 200, 1)


def test_results_need_no_seb(as_alice, guarded, now):
    attempts.hand_in(attempt=guarded, now=now)

    assert as_alice.get(room(guarded)).status_code == 200


# --- Behind a proxy ---------------------------------------------------------------------------------------------------
def test_behind_a_proxy_the_outside_address_counts(as_alice, guarded, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["exam.example.com"]
    headers = {"X-Forwarded-Proto": "https", "Host": "exam.example.com"}
    path = room(guarded)

    outside = as_alice.get(path, headers=headers | proof(path, origin="https://exam.example.com"))
    inside = as_alice.get(path, headers=headers | proof(path, origin="http://exam.example.com"))

    assert (outside.status_code, inside.status_code) == (200, 403)


def test_behind_a_proxy_that_hides_the_host_the_site_url_counts(as_alice, guarded, settings):
    settings.SITE_URL = "https://exam.example.com:8443"
    path = room(guarded)

    assert as_alice.get(path, headers=proof(path, origin=settings.SITE_URL)).status_code == 200


# --- SEB that cannot send headers -------------------------------------------------------------------------------------
def check(client, attempt, page, key=CONFIG_KEY):
    data = {"page": page, "config_hash": request_hash(url=page, key=key)}
    return client.post(f"/exams/{attempt.exam_id}/safe-browser/check/", data)


def test_the_page_may_prove_seb_and_goes_on_with_a_pass(as_alice, guarded, clock, now):
    assert check(as_alice, guarded, f"{HOST}{room(guarded)}").status_code == 200
    assert as_alice.get(room(guarded)).status_code == 200
    assert as_alice.post(room(guarded, "session/"), {}, content_type="application/json").status_code == 201


def test_a_pass_ends_and_is_for_one_person_and_one_exam(as_alice, as_charlie, guarded, clock, now):
    check(as_alice, guarded, f"{HOST}{room(guarded)}")
    name = f"safe-browser-{guarded.exam_id}"
    as_charlie.cookies[name] = as_alice.cookies[name].value
    other = make_exam(course=guarded.exam.course, needs_safe_browser=True, safe_browser_config_keys=[EXAM_KEY])

    assert as_charlie.post(f"/exams/{guarded.exam_id}/start/", {"has_read_rules": "on"}).status_code == 403
    assert as_alice.post(f"/exams/{other.pk}/start/", {"has_read_rules": "on"}).status_code == 403
    Attempt.objects.update(deadline_at=now.replace(year=now.year + 1))
    clock.move_to(now.replace(day=now.day + 1))
    assert as_alice.get(room(guarded)).status_code == 403


@pytest.mark.parametrize(
    ("page", "key", "status"),
    [
        ("https://elsewhere.example.com/", CONFIG_KEY, 403),
        (f"{HOST}.example.com/", CONFIG_KEY, 403),
        (f"{HOST}/exams/", EXAM_KEY, 403),
        ("", CONFIG_KEY, 422),
        (f"{HOST}/" + "x" * 600, CONFIG_KEY, 422),
    ],
)
def test_no_pass_for_other_pages_or_keys(as_alice, guarded, page, key, status):
    assert check(as_alice, guarded, page, key).status_code == status
    assert as_alice.get(room(guarded)).status_code == 403


def test_safe_browser_page_is_for_those_who_see_the_exam(as_alice, as_charlie, guarded):
    guarded.exam.is_open = False
    guarded.exam.save()
    path = f"/exams/{guarded.exam_id}/safe-browser/"

    assert [client.get(path).status_code for client in (as_alice, as_charlie, Client())] == [200, 404, 302]
    assert check(as_charlie, guarded, f"{HOST}/").status_code == 404


# --- The setting ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("keys", "words"),
    [("", "至少填一个"), ("abc", "第 1 个密钥不对")],
)
def test_a_demand_that_nobody_can_meet_is_not_stored(db, keys, words):
    boss = staff("view_exam", "change_exam")
    exam = make_exam()
    page = boss.get(f"/cms/exam_settings/edit/{exam.pk}/")
    form = {field.html_name: field.value() for field in page.context["form"]}
    cells = page.context["form"].formsets["cells"]
    for bound in [*cells.forms, cells.management_form]:
        form |= {field.html_name: field.value() for field in bound}
    form = {name: value for name, value in form.items() if value is not None and value is not False}

    answer = boss.post(page.request["PATH_INFO"], form | {"needs_safe_browser": "on", "safe_browser_config_keys": keys})
    assert words in str(answer.context["form"].errors)

    wanted = {"needs_safe_browser": "on", "safe_browser_config_keys": f"{CONFIG_KEY.upper()}\n"}
    answer = boss.post(page.request["PATH_INFO"], form | wanted)
    assert answer.status_code == 302, answer.context["form"].errors
    exam.refresh_from_db()
    assert (exam.needs_safe_browser, exam.safe_browser_config_keys) == (True, [CONFIG_KEY])
