"""Revocation by two, corrections, appeals, sharing, reminders and renewal."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from certificates import (
    issuing,
    lifecycle,
    logbook,
    petitions,
    register,
    reminders,
    renewing,
    revocations,
    sharing,
)
from certificates.models import Certificate, ExpiryReminder, Petition, RevocationRequest, StatusChange
from exams.models import Attempt
from lms.users.models import Identity, OutgoingMail
from tests.factories.certificates import make_attempt, make_certificate, make_exam, make_identity
from tests.factories.courses import make_course
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
Why = StatusChange.ReasonClass
TODAY = date(2026, 11, 22)


def test_a_mock_attempt_earns_no_certificate(alice, now):
    make_identity(user=alice, now=now)
    attempt = make_attempt(candidate=alice, now=now)
    Attempt.objects.filter(pk=attempt.pk).update(is_mock=True)

    with pytest.raises(issuing.MockAttempt):
        issuing.issue(attempt=attempt, now=now)
    assert list(issuing.due_attempts(since=None)) == []


# --- Revocation by two ------------------------------------------------------------------------------------------------


def test_one_asks_another_revokes(alice, charlie, now):
    certificate = make_certificate(now=now)

    request = revocations.ask(certificate=certificate, why=Why.MISCONDUCT, reason="替考", person=alice, now=now)
    certificate.refresh_from_db()
    assert certificate.status == "VALID"
    with pytest.raises(revocations.SecondPersonNeeded):
        revocations.approve(request=request, decision="同意", person=alice, now=now)
    done = revocations.approve(request=request, decision="证据充分", person=charlie, now=now)

    certificate.refresh_from_db()
    assert (certificate.status, done.status, done.decided_by, done.decision) == (
        "REVOKED",
        "APPROVED",
        charlie,
        "证据充分",
    )
    assert certificate.changes.last().reason_class == "MISCONDUCT"
    with pytest.raises(revocations.AlreadyDecided):
        revocations.reject(request=request, decision="不", person=charlie, now=now)


def test_a_request_may_be_rejected_and_stands_alone(alice, charlie, now):
    certificate = make_certificate(now=now)
    request = revocations.ask(certificate=certificate, why=Why.OTHER, reason="疑点", person=alice, now=now)

    with pytest.raises(revocations.AlreadyRequested):
        revocations.ask(certificate=certificate, why=Why.OTHER, reason="又来", person=charlie, now=now)
    with pytest.raises(lifecycle.ReasonMissing):
        revocations.reject(request=request, decision=" ", person=charlie, now=now)
    revocations.reject(request=request, decision="证据不足", person=charlie, now=now)

    certificate.refresh_from_db()
    assert certificate.status == "VALID"
    revocations.ask(certificate=certificate, why=Why.OTHER, reason="新证据", person=charlie, now=now)
    with pytest.raises(lifecycle.ReasonMissing):
        revocations.ask(certificate=certificate, why=Why.OTHER, reason="", person=charlie, now=now)


def test_one_person_is_enough_where_the_setting_says_so(alice, now, settings):
    settings.CERTIFICATE_TWO_PERSONS = False
    certificate = make_certificate(now=now)

    request = revocations.ask(certificate=certificate, why=Why.RESULT, reason="成绩更正", person=alice, now=now)

    certificate.refresh_from_db()
    assert (certificate.status, request.status, request.decision) == ("REVOKED", "APPROVED", "按设置由一人办理")
    with pytest.raises(lifecycle.StatusRefused):
        revocations.ask(certificate=certificate, why=Why.RESULT, reason="再次", person=alice, now=now)


def test_the_database_refuses_one_person_twice(alice, now):
    request = revocations.ask(
        certificate=make_certificate(now=now), why=Why.OTHER, reason="疑点", person=alice, now=now
    )

    with pytest.raises(IntegrityError, match="revocation_by_two_people"), transaction.atomic():
        RevocationRequest.objects.filter(pk=request.pk).update(decided_by=alice)


# --- Corrections and appeals ------------------------------------------------------------------------------------------


def file(certificate: Certificate, kind: str, now, **fields: str) -> Petition:
    return petitions.file(certificate=certificate, kind=Petition.Kind[kind], text="登记时录错", now=now, **fields)


def test_a_correction_replaces_the_certificate_and_links_both(alice, charlie, now):
    old = make_certificate(holder=alice, now=now)
    petition = file(old, "CORRECTION", now, wished_name="张三峰")
    later = now + timedelta(days=3)

    petitions.grant(petition=petition, text="已核对身份证件", person=charlie, now=later)

    old.refresh_from_db()
    new = old.successor
    assert (old.status, new.status, new.origin, new.predecessor) == ("REPLACED", "VALID", "CORRECTION", old)
    assert (new.holder_name, new.issued_date, new.valid_until) == ("张三峰", old.issued_date, old.valid_until)
    assert new.number != old.number
    assert Identity.objects.get(user=alice).real_name == "张三峰"
    facts = register.public_facts(certificate=old, today=TODAY)
    assert (facts.status, facts.status_reason, facts.replaced_by) == ("REPLACED", "信息更正", new.number)
    assert {logbook.standing_of(old), logbook.standing_of(new)} == {logbook.Standing.WAITING}
    assert [(step.action, step.person) for step in petition.steps.all()] == [("FILED", alice), ("GRANTED", charlie)]
    assert issuing.issue(attempt=old.attempt, now=later) == old  # the sweep issues nothing more


def test_a_correction_to_the_same_name_changes_nothing(alice, charlie, now):
    certificate = make_certificate(holder=alice, now=now)
    petition = file(certificate, "CORRECTION", now, wished_name="张三丰")

    with pytest.raises(issuing.NothingToCorrect):
        petitions.grant(petition=petition, text="核对", person=charlie, now=now)

    petition.refresh_from_db()
    certificate.refresh_from_db()
    assert (petition.status, certificate.status, Certificate.objects.count()) == ("OPEN", "VALID", 1)


def test_an_appeal_against_a_suspension_restores(alice, charlie, now):
    certificate = make_certificate(holder=alice, now=now)
    with pytest.raises(petitions.NothingToAppeal):
        file(certificate, "APPEAL", now)
    lifecycle.suspend(certificate=certificate, reason="核查", person=charlie, now=now)
    petition = file(certificate, "APPEAL", now)
    with pytest.raises(petitions.AlreadyFiled):
        file(certificate, "APPEAL", now)

    petitions.note(petition=petition, text="已调监控", person=charlie, now=now)
    petitions.grant(petition=petition, text="申诉成立", person=UserFactory(), now=now)

    certificate.refresh_from_db()
    assert (certificate.status, certificate.changes.last().reason_class) == ("VALID", "APPEAL")
    assert [step.action for step in petition.steps.all()] == ["FILED", "NOTED", "GRANTED"]


def test_a_revocation_is_never_undone(alice, charlie, now):
    certificate = make_certificate(holder=alice, now=now)
    lifecycle.revoke(certificate=certificate, reason="替考", person=charlie, now=now)
    petition, another = file(certificate, "APPEAL", now), UserFactory()

    with pytest.raises(petitions.CannotUndo):
        petitions.grant(petition=petition, text="同意", person=another, now=now)
    with pytest.raises(petitions.TextMissing):
        petitions.refuse(petition=petition, text=" ", person=another, now=now)
    petitions.refuse(petition=petition, text="证据确凿", person=another, now=now)

    with pytest.raises(petitions.PetitionClosed):
        petitions.cancel(petition=petition, person=alice, now=now)


# --- Renewal ----------------------------------------------------------------------------------------------------------


def test_a_renewal_in_time_loses_no_day(alice, now):
    old = make_certificate(holder=alice, now=now)
    in_time = now.replace(year=2029, month=9)

    new = make_certificate(holder=alice, now=in_time)

    old.refresh_from_db()
    assert (new.origin, new.predecessor, old.status) == ("RENEWAL", old, "VALID")
    assert (old.valid_until, new.issued_date, new.valid_until) == (
        date(2029, 11, 21),
        date(2029, 9, 22),
        date(2032, 11, 21),
    )
    assert register.public_facts(certificate=old, today=TODAY).renewed_by == new.number
    assert renewing.renewable(holder_id=alice.pk) == new


@pytest.mark.parametrize(("year", "until"), [(2027, date(2030, 11, 21)), (2031, date(2034, 11, 21))])
def test_a_renewal_early_or_late_counts_from_its_issue(year, until, alice, now):
    make_certificate(holder=alice, now=now)

    assert make_certificate(holder=alice, now=now.replace(year=year)).valid_until == until


def test_a_short_course_only_renews_and_needs_its_hours(alice, now, settings):
    course = make_course(title="继续教育")
    settings.CERTIFICATE_RENEWAL_COURSES, settings.CERTIFICATE_RENEWAL_HOURS = [course.slug], 0
    exam = make_exam(course=course)
    with pytest.raises(renewing.NothingToRenew):
        make_certificate(holder=alice, exam=exam, now=now)

    make_certificate(holder=alice, now=now)
    settings.CERTIFICATE_RENEWAL_HOURS = 10_000
    with pytest.raises(renewing.HoursMissing):
        make_certificate(holder=alice, exam=exam, now=now)
    settings.CERTIFICATE_RENEWAL_HOURS = 0
    assert make_certificate(holder=alice, exam=exam, now=now).origin == "RENEWAL"


def test_what_was_renewed_is_not_corrected(alice, charlie, now):
    old = make_certificate(holder=alice, now=now)
    make_certificate(holder=alice, now=now.replace(year=2029, month=9))

    with pytest.raises(lifecycle.StatusRefused, match="更正后一张"):
        issuing.replace(certificate=old, real_name="张三峰", reason="原因", person=charlie, now=now)


# --- Reminders --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_left", "limits"), [(91, []), (90, [90]), (31, [90]), (30, [30]), (7, [7]), (0, [7])])
def test_reminder_of_the_nearest_limit_once(days_left, limits, alice, now):
    certificate = make_certificate(holder=alice, now=now)
    then = now.replace(year=2029, day=21) - timedelta(days=days_left)

    assert [reminders.send_due(now=then), reminders.send_due(now=then)] == [len(limits), 0]

    assert list(ExpiryReminder.objects.values_list("days_ahead", flat=True)) == limits
    assert OutgoingMail.objects.count() == len(limits)
    assert mail.outbox == []
    if limits:
        assert OutgoingMail.objects.get().subject == f"【售后服务管理师】证书将在 {days_left} 天后到期"
        assert certificate.holder.email == OutgoingMail.objects.get().to


def test_all_three_reminders_in_their_time(alice, now):
    make_certificate(holder=alice, now=now)
    end = now.replace(year=2029, day=21)

    sent = [reminders.send_due(now=end - timedelta(days=days)) for days in range(120, -3, -1)]

    assert sum(sent) == 3
    assert [120 - index for index, count in enumerate(sent) if count] == [90, 30, 7]


def test_no_reminder_of_what_is_renewed_suspended_or_somebody_elses(alice, charlie, now):
    in_time = now.replace(year=2029, day=1)
    make_certificate(holder=alice, now=now)
    make_certificate(holder=alice, now=in_time)
    suspended = make_certificate(holder=charlie, now=now)
    lifecycle.suspend(certificate=suspended, reason="核查", person=None, now=now)

    assert reminders.send_due(now=in_time) == 0


# --- Sharing ----------------------------------------------------------------------------------------------------------


def test_a_link_shows_until_it_is_withdrawn(client, now):
    certificate = make_certificate(now=now)
    link = sharing.share(certificate=certificate, now=now)
    assert sharing.share(certificate=certificate, now=now) == link
    shared, badge = f"/certificates/shared/{link.token}/", f"/certificates/badge/{link.token}.svg"

    page, picture = client.get(shared), client.get(badge)

    assert "张*丰" in page.content.decode()
    assert "张三丰" not in page.content.decode()
    assert picture["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert picture["Cache-Control"] == "public, max-age=60"
    assert "Vary" not in picture  # who looks at it changes nothing: a cache may share it
    assert picture["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "default-src 'none'" in picture["Content-Security-Policy"]
    assert "有效" in picture.content.decode()

    sharing.withdraw(certificate=certificate, now=now)
    assert (client.get(shared).status_code, client.get(badge).status_code) == (404, 404)
    assert "已被持证人收回" in client.get(shared).content.decode()
    assert sharing.share(certificate=certificate, now=now) != link


def test_the_badge_follows_the_state(client, now):
    certificate = make_certificate(now=now)
    link = sharing.share(certificate=certificate, now=now)
    lifecycle.revoke(certificate=certificate, reason="原因", person=None, now=now)

    assert "撤销" in client.get(f"/certificates/badge/{link.token}.svg").content.decode()


def test_what_is_public_is_the_holders_choice(client, now):
    certificate = make_certificate(now=now)
    link = sharing.share(certificate=certificate, now=now)
    sharing.choose(certificate=certificate, shows_full_name=True, shows_score=False, now=now)

    page = client.get(f"/certificates/shared/{link.token}/").content.decode()
    looked_up = client.get(
        "/certificates/verify/",
        {"number": certificate.number, "name": "张三丰"},
        headers={"Accept": "application/json"},
    ).json()

    assert "张三丰" in page
    assert "85/100" not in page
    assert (looked_up["name_masked"], looked_up["score"]) == ("张*丰", "")


@pytest.mark.parametrize("verb", [petitions.grant, petitions.refuse])
def test_who_made_the_decision_does_not_judge_the_appeal(verb, alice, charlie, now, settings):
    suspended, revoked = make_certificate(holder=alice, now=now), make_certificate(now=now)
    lifecycle.suspend(certificate=suspended, reason="核查", person=charlie, now=now)
    asked = revocations.ask(certificate=revoked, why="MISCONDUCT", reason="违纪", person=charlie, now=now)
    revocations.approve(request=asked, decision="属实", person=UserFactory(), now=now)

    for certificate in (suspended, revoked):
        petition = file(certificate, "APPEAL", now)
        with pytest.raises(petitions.SamePerson):
            verb(petition=petition, text="看过", person=charlie, now=now)
        petition.refresh_from_db()
        assert petition.status == "OPEN"

    settings.CERTIFICATE_TWO_PERSONS = False
    verb(petition=suspended.petitions.get(), text="看过", person=charlie, now=now)
    assert not suspended.petitions.filter(status="OPEN").exists()
