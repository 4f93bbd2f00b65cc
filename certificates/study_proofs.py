"""Verbs on 学时证明: make one, read its file, look one up."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from certificates import keys, masking, numbering, proof_printing, signing
from certificates.models import StudyProof
from courses.learning import records
from courses.models import CoursePage, LessonPage, LessonProgress
from courses.timing.accrual import RULE_VERSION
from lms.errors import DomainError
from lms.users.models import Identity, User

FOLDER = "study-proofs"  # no address serves this folder; our views send the files
MOST_A_DAY = 5
LEAST_SECONDS = 60
LONGEST_REFERENCE = 40


class NoIdentity(DomainError):
    message = "学时证明要写真实姓名，你还没有登记实名信息。请先登记，再来开具。"


class NothingToProve(DomainError):
    message = "这段期间里计入的学习时间不到一分钟，开不了证明。正在学的一段离开十分钟后才写进记录；请核对起止日期。"


class TooManyProofs(DomainError):
    message = f"24 小时内已经开了 {MOST_A_DAY} 份学时证明。请使用已有的，或明天再开。"


@dataclass(frozen=True, kw_only=True)
class ProofFacts:
    """What whoever holds both keys may read: what is printed, but the name masked and no part of the 证件号."""

    reference: str
    name_masked: str
    course_title: str
    from_date: date
    to_date: date
    time_text: str
    hours_text: str
    days: int
    rule_version: str
    made_on: date


def make(*, learner: User, course: CoursePage, from_date: date, to_date: date, now: datetime) -> StudyProof:
    """
    Freeze a learner's study time in a course, and sign its PDF; signing happens outside of any transaction.

    Raises: NoIdentity, NothingToProve, TooManyProofs, CharacterMissing, SigningUnavailable; then nothing is kept.
    Source: docs/rules/study-time.md, rules T28-T30.
    """
    _refuse_too_many(learner, now)
    proof = _frozen(learner, course, from_date, to_date, now)
    signed = signing.sign_as_issuer(proof_printing.print_pdf(proof), reason="学时证明开具")
    proof.pdf_sha256 = hashlib.sha256(signed).hexdigest()
    proof.pdf = default_storage.save(f"{FOLDER}/{secrets.token_urlsafe(16)}.pdf", ContentFile(signed))
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=learner.pk)
            _refuse_too_many(learner, now)  # another page may have made some meanwhile
            proof.key = keys.remember_document_key(certificate=signing.issuer_certificate(), now=now)
            proof.save(force_insert=True)
    except BaseException:
        default_storage.delete(proof.pdf)
        raise
    return proof


def signed_pdf(proof: StudyProof) -> bytes:
    """Return the signed file, the same bytes every time. Source: docs/rules/study-time.md, rule T30."""
    with default_storage.open(proof.pdf) as stored:
        return bytes(stored.read())


def look_up(*, reference: str, name: str) -> ProofFacts | None:
    """
    Find a proof by its number and the whole name; both must fit, and nothing tells which one did not.

    Source: docs/rules/study-time.md, rule T31.
    """
    written = reference.strip().upper()[:LONGEST_REFERENCE]
    proof = StudyProof.objects.filter(reference=written).first()
    expected = masking.name_key(proof.holder_name if proof else "")
    is_same = hmac.compare_digest(expected.encode(), masking.name_key(name).encode())
    return public_facts(proof) if proof and is_same else None


def public_facts(proof: StudyProof) -> ProofFacts:
    return ProofFacts(
        reference=proof.reference,
        name_masked=masking.mask_name(proof.holder_name),
        course_title=proof.course_title,
        from_date=proof.from_date,
        to_date=proof.to_date,
        time_text=proof_printing.time_text(proof.seconds),
        hours_text=proof_printing.hours_text(proof.seconds),
        days=proof.days,
        rule_version=proof.rule_version,
        made_on=timezone.localdate(proof.made_at),
    )


def _refuse_too_many(learner: User, now: datetime) -> None:
    if StudyProof.objects.of(learner).filter(made_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyProofs


def _frozen(learner: User, course: CoursePage, from_date: date, to_date: date, now: datetime) -> StudyProof:
    """Return the unsaved row. Source: docs/rules/study-time.md, rule T28."""
    identity = Identity.objects.filter(user=learner).first()
    if identity is None:
        raise NoIdentity
    lessons = _lessons(learner, course)
    entries = [
        one
        for one in records.whole(learner=learner, lessons=list(lessons))
        if one.interval and from_date <= timezone.localdate(one.started_at) <= to_date
    ]
    sums = records.add_up(entries)
    if sums.total < LEAST_SECONDS:
        raise NothingToProve
    return StudyProof(
        reference=_reference(timezone.localdate(now)),
        learner=learner,
        holder_name=identity.real_name,
        holder_id_masked=identity.number_masked,
        course=course,
        course_title=course.title,
        rule_version=RULE_VERSION,
        from_date=from_date,
        to_date=to_date,
        seconds=sums.total,
        days=len(sums.by_day),
        lessons=[
            {"title": title, "seconds": sums.by_lesson[pk], "completed": completed}
            for pk, (title, completed) in lessons.items()
            if sums.by_lesson.get(pk)
        ],
        made_at=now,
    )


def _lessons(learner: User, course: CoursePage) -> dict[int, tuple[str, str]]:
    """Return the course's lessons in its order, and those of an older edition that went over into it."""
    mine = LessonProgress.objects.of(learner).inside(course)
    done = {
        lesson: f"{timezone.localdate(at):%Y-%m-%d}" if at else ""
        for lesson, at in mine.values_list("lesson_id", "completed_at")
    }
    pages = LessonPage.objects.descendant_of(course).order_by("path").values_list("pk", "title")
    found = {pk: (title, done.get(pk, "")) for pk, title in pages}
    carried = mine.exclude(carried_from=None).values_list("carried_from__lesson_id", "lesson_id", "lesson__title")
    return found | {old: (f"{title}（旧版次）", done[new]) for old, new, title in carried}


def _reference(day: date) -> str:
    drawn = "".join(secrets.choice(numbering.ALPHABET) for _ in range(8))
    return f"XS-{day:%Y%m%d}-{drawn}"
