"""One person at a time: add, change, leave, judge, link by number, agree and withdraw; certificates of others."""

from datetime import date, timedelta

import pytest

from certificates.staffing import checks, counting, externals, links, people
from certificates.staffing.models import (
    Company,
    Employment,
    ExternalCertificate,
    Judgement,
    Person,
    PersonCertificate,
    PersonInvitation,
)
from courses.seats import tokens
from tests.factories.companies import make_company, make_person
from tests.factories.staffing import make_register
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "SHFW-2025-U3A52FZQ-T"  # 林晓岚
DAY = date(2026, 11, 22)


@pytest.fixture
def company(alice):
    return make_company(owner=alice)


def add(company, now, name="甲", *, joined_on=date(2020, 1, 1), left_on=None, **facts):
    said = people.Facts(**{"name": name, "is_manager": True} | facts)
    return people.add(company=company, facts=said, joined_on=joined_on, left_on=left_on, now=now)


def test_add_and_change(company, now):
    person = add(company, now, staff_number="E1")
    facts = people.Facts(name="乙", is_manager=False, staff_number="E2", post="站长")
    changed = people.change(person=person, facts=facts, now=now)

    assert (changed.name, changed.staff_number, changed.first_is_manager, changed.post) == ("乙", "E2", False, "站长")
    assert Company.objects.get().roster_revision == 2


def test_numbers_and_names_tell_people_apart(company, now):
    add(company, now, "王伟", staff_number="E1")
    with pytest.raises(people.StaffNumberTaken):
        add(company, now, "乙", staff_number="E1")
    with pytest.raises(people.NamesakeNeedsNumber):
        add(company, now, "王 伟")
    assert add(company, now, "王伟", staff_number="E2").pk
    assert add(make_company(), now, "王伟", staff_number="E1").pk


def test_days_of_employment(company, now):
    with pytest.raises(people.DaysOutOfOrder):
        add(company, now, joined_on=date(2020, 1, 2), left_on=date(2020, 1, 1))
    person = add(company, now)
    with pytest.raises(people.DaysOverlap):
        people.set_days(person=person, employment=None, joined_on=date(2026, 1, 1), left_on=None)
    with pytest.raises(people.DaysOutOfOrder):
        people.leave(person=person, left_on=date(2019, 1, 1))

    people.leave(person=person, left_on=date(2025, 12, 31))
    with pytest.raises(people.NotEmployed):
        people.leave(person=person, left_on=date(2025, 12, 31))
    people.set_days(person=person, employment=None, joined_on=date(2026, 1, 1), left_on=None)
    days = Employment.objects.order_by("joined_on").values_list("joined_on", "left_on")
    assert list(days) == [(date(2020, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), None)]


def test_delete_takes_all_that_is_kept_here(company, now):
    register = make_register(now=now)
    person = add(company, now, "林晓岚", certificate_number=NUMBER)
    people.delete(person=person)

    assert (Person.objects.count(), Employment.objects.count(), PersonCertificate.objects.count()) == (0, 0, 0)
    register[NUMBER].refresh_from_db()


@pytest.mark.parametrize(
    ("does_service", "leads", "layer", "expected"),
    [
        (False, True, "HQ", (False, "不做服务相关的工作，不计")),
        (True, False, "OUTLET", (False, "做服务工作，但不是负责人，不计")),
        (True, True, "HQ", (True, "第一层：总部服务相关部门、环节、岗位的负责人")),
        (True, True, "OUTLET", (True, "第二层：下属机构的管理人员")),
    ],
)
def test_guide(does_service, leads, layer, expected):
    advice = counting.advise(does_service=does_service, leads=leads, layer=counting.Layer(layer))

    assert (advice.is_manager, advice.reason) == expected


def test_reason_is_kept_when_something_else_changes(company, now):
    person = add(company, now)
    people.judge(person=person, is_manager=True, reason="第二层：下属机构的管理人员", now=now)
    people.change(person=person, facts=people.Facts(name="甲", is_manager=True, post="站长"), now=now)

    assert Person.objects.get().first_reason == "第二层：下属机构的管理人员"


def managing(person, *days):
    said = Person.objects.get(pk=person.pk)
    told = [said.judged_on(day) for day in days]
    by_query = [Person.objects.judged_on(day).get(pk=person.pk) for day in days]
    assert [(one.is_manager, one.manager_reason) for one in by_query] == [(one.is_manager, one.reason) for one in told]
    assert [Person.objects.managers_on(day).exists() for day in days] == [one.is_manager for one in told]
    return [one.is_manager for one in told]


def test_who_is_judged_from_a_day_on(company, now):
    person = add(company, now, is_manager=False)
    people.judge(person=person, is_manager=True, reason="升站长", since_on=date(2026, 6, 1), now=now)
    people.judge(person=person, is_manager=False, reason="转岗", since_on=date(2027, 6, 1), now=now)

    days = [date(2026, 5, 31), date(2026, 6, 1), date(2027, 5, 31), date(2027, 6, 1)]
    assert managing(person, *days) == [False, True, True, False]

    people.judge(person=person, is_manager=False, reason="填错了", now=now)  # corrects what holds today
    assert managing(person, *days) == [False, False, False, False]

    people.judge(person=person, is_manager=True, reason="还是对的", since_on=date(2026, 6, 1), now=now)
    people.forget(judgement=Judgement.objects.get(since_on=date(2027, 6, 1)))
    assert managing(person, *days) == [False, True, True, True]
    assert list(Judgement.objects.values_list("since_on", "reason")) == [(date(2026, 6, 1), "还是对的")]
    assert Company.objects.get().roster_revision == 6


def test_change_by_hand_is_dated_or_corrects(company, now):
    person = add(company, now, is_manager=False)
    days = [date(2020, 1, 1), date(2026, 10, 31), date(2026, 11, 1)]
    dated = people.Facts(name="甲", is_manager=True, since_on=date(2026, 11, 1))
    people.change(person=person, facts=dated, now=now)
    people.change(person=person, facts=dated, now=now)
    assert managing(person, *days) == [False, False, True]

    people.forget(judgement=Judgement.objects.get())
    people.change(person=person, facts=people.Facts(name="甲", is_manager=True), now=now)
    assert managing(person, *days) == [True, True, True]
    assert not Judgement.objects.exists()


def standing():
    return sorted(PersonCertificate.objects.standing().values_list("person__name", "certificate__number", "how"))


def test_number_and_name_make_a_link(company, now):
    make_register(now=now)
    person = add(company, now, "林晓岚", certificate_number=NUMBER)
    add(company, now, "甲", certificate_number=NUMBER)
    assert standing() == [("林晓岚", NUMBER, "NUMBER")]

    people.change(person=person, facts=people.Facts(name="林晓兰", is_manager=True, certificate_number=NUMBER), now=now)
    assert standing() == []


def test_certificate_that_comes_later_is_linked_by_the_sweep(company, now):
    add(company, now, "林晓岚", certificate_number=NUMBER)
    assert standing() == []
    make_register(now=now)

    links.link_due(now=now)
    assert standing() == [("林晓岚", NUMBER, "NUMBER")]
    assert links.link_due(now=now) == 0


def ask(person, alice, now, email="lin@example.com"):
    invitation = links.invite(person=person, email=email, by=alice, now=now)
    PersonInvitation.objects.filter(pk=invitation.pk).update(token_hash=tokens.hash_of("t"))
    return invitation


@pytest.fixture
def holder(now):
    holder = make_register(now=now)[NUMBER].holder
    holder.email = "lin@example.com"
    holder.save()
    return holder


def test_consent_links_all_certificates_of_the_account(company, alice, holder, now):
    person = add(company, now, "林晓岚")
    ask(person, alice, now)

    agreed = links.agree(token="t", by=holder, now=now)

    assert (agreed.user, agreed.consent_version, agreed.accepted_at) == (holder, links.CONSENT_VERSION, now)
    assert standing() == [("林晓岚", NUMBER, "CONSENT")]
    assert checks.check_company(company=company, as_of=DAY).staffing.held == 1


def test_consent_ends_what_rests_on_it(company, alice, holder, now):
    person = add(company, now, "林晓岚", certificate_number=NUMBER)
    ask(person, alice, now)
    agreed = links.agree(token="t", by=holder, now=now)
    assert standing() == [("林晓岚", NUMBER, "CONSENT")]

    links.withdraw(invitation=agreed, now=now)
    assert standing() == [("林晓岚", NUMBER, "NUMBER")]  # the company's own number is as good as before
    person.refresh_from_db()
    assert person.user is None
    with pytest.raises(links.NotAgreed):
        links.withdraw(invitation=agreed, now=now)


def test_new_certificate_of_who_agreed_is_linked_by_the_sweep(company, alice, holder, now):
    ask(add(company, now, "林晓岚"), alice, now)
    links.agree(token="t", by=holder, now=now)
    PersonCertificate.objects.all().delete()

    links.link_due(now=now)
    assert standing() == [("林晓岚", NUMBER, "CONSENT")]
    assert links.link_due(now=now) == 0


def test_consent_refusals(company, alice, charlie, holder, now):
    person = add(company, now, "林晓岚")
    ask(person, alice, now)
    with pytest.raises(links.InvitedJustNow):
        links.invite(person=person, email="lin@example.com", by=alice, now=now)
    with pytest.raises(links.InvitationOfAnother):
        links.agree(token="t", by=charlie, now=now)
    with pytest.raises(links.InvitationInvalid):
        links.agree(token="t", by=holder, now=now + timedelta(days=30))
    make_person(company=company, name="重复", staff_number="E9", user=holder)
    with pytest.raises(links.AlreadyOnRoster):
        links.agree(token="t", by=holder, now=now)

    links.decline(token="t", by=holder, now=now)
    with pytest.raises(links.InvitationInvalid):
        links.agree(token="t", by=holder, now=now)
    assert standing() == []


def test_invitation_says_nothing_about_an_account(company, alice, holder, now, outbox_texts):
    first, second = add(company, now, "甲"), add(company, now, "乙")
    links.invite(person=first, email=holder.email, by=alice, now=now)
    links.invite(person=second, email="nobody@example.com", by=alice, now=now)

    texts = [text.split("http")[0] for text in outbox_texts()]
    assert texts[0] == texts[1]


FACTS = externals.Facts("其他机构", "X1", "甲", date(2025, 1, 1), None)


def test_external_certificate(company, alice, now):
    person = add(company, now)
    external = externals.hand_in(person=person, facts=FACTS, scan=b"%PDF-1.7 ...", by=alice, now=now)
    with pytest.raises(externals.AlreadyHandedIn):
        externals.hand_in(person=person, facts=FACTS, scan=b"%PDF-1.7 ...", by=alice, now=now)
    with pytest.raises(externals.DecisionMissing):
        externals.accept(external=external, by=alice, decision="", now=now)
    assert externals.accept(external=external, by=alice, decision="相符", now=now).status == "ACCEPTED"
    with pytest.raises(externals.AlreadyDecided):
        externals.reject(external=external, by=alice, decision="不符", now=now)

    externals.delete(external=external)
    assert ExternalCertificate.objects.count() == 0


@pytest.mark.parametrize("scan", [b"", b"<script>", b"MZ", b"PK\x03\x04", b"%PDF-" + b"0" * externals.MAX_BYTES])
def test_external_scan_must_be_one(scan, company, alice, now):
    with pytest.raises(externals.ScanRefused):
        externals.hand_in(person=add(company, now), facts=FACTS, scan=scan, by=alice, now=now)


def test_deleted_account_leaves_the_roster(company, alice, now):
    bob = UserFactory()
    person = make_person(company=company, user=bob)
    bob.delete()

    person.refresh_from_db()
    assert person.user is None
