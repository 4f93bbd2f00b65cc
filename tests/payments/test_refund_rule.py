from datetime import date

import pytest

from payments import refund_rule
from payments.refund_rule import Facts, UnknownVersion

PAID = date(2026, 11, 22)


def facts(**changed) -> Facts:
    usual = {
        "paid_on": PAID,
        "asked_on": PAID,
        "lessons_done": 0,
        "lessons_total": 10,
        "exam_started": False,
        "certificate_issued": False,
        "remaining_fen": 88_000,
    }
    return Facts(**usual | changed)


@pytest.mark.parametrize(
    ("changed", "clause", "amount"),
    [
        ({}, "R1", 88_000),
        ({"asked_on": date(2026, 11, 29)}, "R1", 88_000),
        ({"asked_on": date(2026, 11, 30)}, "R3", 0),
        ({"lessons_done": 1}, "R1", 88_000),
        ({"lessons_done": 2}, "R3", 0),
        ({"lessons_done": 1, "lessons_total": 5}, "R3", 0),
        ({"lessons_done": 0, "lessons_total": 0}, "R1", 88_000),
        ({"exam_started": True}, "R3", 0),
        ({"remaining_fen": 1}, "R1", 1),
    ],
)
def test_judge(changed, clause, amount):
    verdict = refund_rule.judge(version="2026-11", facts=facts(**changed))

    assert (verdict.clause, verdict.amount_fen, verdict.is_full) == (clause, amount, clause == "R1")


def test_judge_says_what_it_found():
    verdict = refund_rule.judge(version="2026-11", facts=facts(lessons_done=3, exam_started=True))

    assert [(finding.text, finding.holds) for finding in verdict.findings] == [
        ("付款之日起 7 天内提出：2026-11-22 付款，2026-11-29 是最后一天", True),
        ("学完的课不到 20%：学完 3 / 10 课，30%", False),
        ("没有开始过考试：已经开始过", False),
    ]


@pytest.mark.parametrize(("issued", "words"), [(True, "已颁发的证书仍然有效"), (False, "尚未取得证书")])
def test_judge_states_what_becomes_of_the_certificate(issued, words):
    verdict = refund_rule.judge(version="2026-11", facts=facts(certificate_issued=issued))

    assert verdict.consequences[-1].startswith(words)


def test_unknown_version_is_an_error():
    with pytest.raises(UnknownVersion):
        refund_rule.judge(version="1999", facts=facts())
    with pytest.raises(UnknownVersion):
        refund_rule.terms("1999")


def test_terms_of_the_current_rule():
    assert len(refund_rule.terms(refund_rule.CURRENT)) == 3
