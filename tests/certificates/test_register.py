from datetime import date

import pytest

from certificates import lifecycle, numbering, register
from tests.factories.certificates import make_certificate

pytestmark = pytest.mark.django_db


def test_look_up_needs_both_keys(now):
    certificate = make_certificate(real_name="阿依古丽·麦麦提", now=now)
    unknown = numbering.draw(year=2026)

    assert register.look_up(number=certificate.number, name="阿依古丽·麦麦提") == certificate
    assert (
        register.look_up(number=certificate.number.lower().replace("-", " "), name="阿依古丽 • 麦麦提") == certificate
    )
    for number, name in (
        (certificate.number, "阿依古丽"),
        (certificate.number, ""),
        (unknown, "阿依古丽·麦麦提"),
        (unknown, ""),
        ("", "阿依古丽·麦麦提"),
    ):
        assert register.look_up(number=number, name=name) is None


def test_both_refusals_cost_the_same(now, django_assert_num_queries):
    certificate = make_certificate(now=now)

    for number, name in ((certificate.number, "李四"), (numbering.draw(year=2026), "张三丰")):
        with django_assert_num_queries(1):
            register.look_up(number=number, name=name)


def test_public_facts_are_masked_and_say_since_when(alice, now):
    certificate = make_certificate(now=now)

    facts = register.public_facts(certificate=certificate, today=date(2026, 11, 23))

    assert (facts.name_masked, facts.status, facts.status_label, facts.status_since, facts.score) == (
        "张*丰",
        "VALID",
        "有效",
        "2026-11-22",
        "85/100",
    )
    assert certificate.holder_id_masked not in repr(facts)
    assert "三" not in facts.name_masked


def test_public_facts_of_an_expired_certificate(now):
    facts = register.public_facts(certificate=make_certificate(now=now), today=date(2030, 1, 1))

    assert (facts.status, facts.status_label, facts.status_since) == ("EXPIRED", "已过期", "2029-11-22")


def test_a_revoked_certificate_whose_holder_left_still_answers(alice, now):
    certificate = make_certificate(now=now)
    lifecycle.revoke(certificate=certificate, reason="冒名考试", person=alice, now=now)
    certificate.__class__.objects.update(holder=None)

    found = register.look_up(number=certificate.number, name="张三丰")

    assert register.public_facts(certificate=found, today=date(2030, 1, 1)).status == "REVOKED"
