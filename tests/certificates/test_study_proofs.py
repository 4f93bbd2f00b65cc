"""学时证明: frozen facts, a signed file that stays, the look-up for outsiders, strangers."""

import io
from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from certificates import inspection, study_proofs
from certificates.inspection import Verdict
from certificates.models import StudyProof
from certificates.proof_printing import hours_text
from courses import learning
from tests.factories.certificates import make_identity
from tests.factories.courses import EnrolmentFactory, lessons_of, make_course

DAY = date(2026, 11, 22)


@pytest.fixture
def course(alice, now):
    """A course that Alice studied for ten minutes, in one lesson of two."""
    made = make_course(title="售后服务管理师岗位课程", lessons=2)
    EnrolmentFactory(learner=alice, course=made)
    lesson = lessons_of(made)[0]
    learning.open_lesson(learner=alice, lesson=lesson, page="a", now=now)
    for at in range(30, 601, 30):
        learning.record_presence(learner=alice, lesson=lesson, page="a", now=now + timedelta(seconds=at))
    learning.complete_lesson(learner=alice, lesson=lesson, now=now + timedelta(seconds=600))
    return made


@pytest.fixture
def proof(alice, course, now) -> StudyProof:
    make_identity(user=alice, now=now)
    return study_proofs.make(learner=alice, course=course, from_date=DAY, to_date=DAY, now=now + timedelta(hours=1))


def test_make_freezes_the_facts_and_signs_them(proof):
    assert (proof.seconds, proof.days, proof.holder_name, proof.rule_version) == (600, 1, "张三丰", "T-2026.11")
    assert proof.lessons == [{"title": "第1-1课", "seconds": 600, "completed": "2026-11-22"}]
    said = PdfReader(io.BytesIO(study_proofs.signed_pdf(proof))).pages[0].extract_text()
    for fact in (proof.reference, "张三丰", "10 分钟", "0.2 学时", "T-2026.11", "不是培训考核合格证书"):
        assert fact in said
    assert inspection.inspect(study_proofs.signed_pdf(proof)).verdict == Verdict.STUDY_PROOF


@pytest.mark.parametrize(
    ("seconds", "text"), [(269, "0.0 学时"), (270, "0.1 学时"), (2699, "0.9 学时"), (2700, "1.0 学时")]
)
def test_hours_text_is_never_rounded_up(seconds, text):
    assert hours_text(seconds) == text


def test_make_refuses_without_identity_or_time(alice, course, now):
    with pytest.raises(study_proofs.NoIdentity):
        study_proofs.make(learner=alice, course=course, from_date=DAY, to_date=DAY, now=now)
    make_identity(user=alice, now=now)
    with pytest.raises(study_proofs.NothingToProve):
        study_proofs.make(learner=alice, course=course, from_date=date(2026, 1, 1), to_date=date(2026, 2, 1), now=now)

    assert not StudyProof.objects.exists()


def test_make_refuses_the_sixth_of_a_day(alice, course, proof, now, monkeypatch):
    monkeypatch.setattr(study_proofs, "MOST_A_DAY", 1)

    with pytest.raises(study_proofs.TooManyProofs):
        study_proofs.make(learner=alice, course=course, from_date=DAY, to_date=DAY, now=now + timedelta(hours=2))


def test_the_database_refuses_to_change_a_proof(proof):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StudyProof.objects.update(seconds=99_999)


def test_study_proof_verify_needs_both_keys_and_masks_the_name(proof):
    client, url = Client(), reverse("certificates:study_proof_verify")

    found = client.get(url, {"number": proof.reference.lower(), "name": "张 三丰"}).content.decode()
    wrong = client.get(url, {"number": proof.reference, "name": "李四"}).content.decode()
    prefilled = client.get(url, {"number": proof.reference}).content.decode()

    assert "有这份学时证明" in found
    assert "张*丰" in found
    assert "张三丰" not in found
    assert "110" not in found.partition("有这份学时证明")[2].partition("查另一份")[0]
    assert "没有查到" in wrong
    assert "0.2 学时" not in wrong + prefilled
    assert client.get(url, {"number": "x" * 500, "name": "李"}).status_code == 400


def test_study_proof_list_makes_one_and_study_proof_pdf_sends_it(as_alice, course, alice, now):
    make_identity(user=alice, now=now)
    url = reverse("certificates:study_proof_list")

    response = as_alice.post(url, {"course": course.pk, "from_date": "2026-01-01", "to_date": "2026-01-02"})
    assert "不到一分钟" in response.content.decode()
    response = as_alice.post(url, {"course": course.pk, "from_date": "2026-01-02", "to_date": "2026-01-01"})
    assert "结束日期在开始日期之前" in response.content.decode()

    with time_machine.travel(now + timedelta(hours=1), tick=False):
        response = as_alice.post(url, {"course": course.pk, "from_date": "2026-11-01", "to_date": "2026-11-22"})
    assert (response.url, StudyProof.objects.get().learner) == (url, alice)


def test_study_proof_pdf_of_a_stranger_is_404(as_alice, as_charlie, proof):
    url = reverse("certificates:study_proof_pdf", args=[proof.pk])

    assert as_alice.get(url)["Content-Type"] == "application/pdf"
    assert as_charlie.get(url).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_study_proof_list_takes_a_steady_number_of_queries(as_alice, alice, proof, count, django_assert_num_queries):
    fields = [field.name for field in StudyProof._meta.fields if field.name != "id"]
    for n in range(count - 1):
        copy = {name: getattr(proof, name) for name in fields} | {"reference": f"XS-{n}", "pdf_sha256": str(n)}
        StudyProof.objects.create(**copy)

    with django_assert_num_queries(8):
        as_alice.get(reverse("certificates:study_proof_list"))
