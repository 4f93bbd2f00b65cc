"""The public look-up: two keys, one answer. Source: docs/rules/certificates.md, rules N8, N9, N18 and N20."""

import hmac
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from certificates import logbook, masking, numbering, wording
from certificates.models import Certificate, PublicChoice, ShareLink, StatusChange
from lms.templatetags import points

UNCONFIRMED = "UNCONFIRMED"
LOG_LABELS = {
    logbook.Standing.LOGGED: "已记入公开日志",
    logbook.Standing.WAITING: "正在记入公开日志，一分钟内完成",
    logbook.Standing.MISSING: "公开日志里没有这张证书的签发记录",
    logbook.Standing.ALTERED: "登记的内容与公开日志不一致",
    logbook.Standing.BACKDATED: "登记的日期早于它真正进入公开日志的时间",
}


@dataclass(frozen=True, kw_only=True)
class PublicFacts:
    """
    What whoever holds both keys may read: every printed fact, but the name masked and no part of the 证件号.

    `status` is a state, or UNCONFIRMED where the log contradicts the register. `replaced_by` and `renewed_by` are the
    numbers of later certificates, or "". `score` is "" where its holder does not publish it.
    Units: 学时; days as YYYY-MM-DD; the score as "85/100". Source: docs/rules/certificates.md, rules N8, N20 and N26.
    """

    number: str
    serial: str
    status: str
    status_label: str
    status_since: str
    status_reason: str
    replaced_by: str
    renewed_by: str
    name_masked: str
    title: str
    course: str
    course_revision: str
    exam: str
    score: str
    standard: str
    study_hours: int
    issuer: str
    issued_date: str
    valid_until: str
    log: str
    log_label: str
    disclaimer: str


def look_up(*, number: str, name: str) -> Certificate | None:
    """
    Find a certificate by number and holder's name; None if the number is unknown or the name is another's.

    Both refusals take one query and one comparison, so neither the answer nor its time tells which key was wrong.
    Source: docs/rules/certificates.md, rule N9.
    """
    canonical = numbering.parse(number)
    if canonical is None:
        return None
    certificate = Certificate.objects.filter(number=canonical).first()
    expected = masking.name_key(certificate.holder_name if certificate else "")
    is_same = hmac.compare_digest(expected.encode(), masking.name_key(name).encode())
    return certificate if is_same and certificate else None


def shared(*, token: str) -> Certificate | None:
    """Find the certificate that a standing link shows. Source: docs/rules/certificates.md, rule N25."""
    link = ShareLink.objects.standing().select_related("certificate").filter(token=token).first()
    return link.certificate if link else None


def public_facts(*, certificate: Certificate, today: date, is_shared: bool = False) -> PublicFacts:
    """
    Write a certificate down for the public, with its state today. The full name only by a link that its holder gave.

    Source: docs/rules/certificates.md, rules N7, N8, N18, N20 and N26.
    """
    state, standing = certificate.state_on(today), logbook.standing_of(certificate)
    change = certificate.changes.last()  # none, if somebody wrote the row past our verbs
    choice = PublicChoice.objects.filter(certificate=certificate).first()
    is_expired, is_sound = state == Certificate.State.EXPIRED, standing in logbook.SOUND
    since = timezone.localdate(change.changed_at if change else certificate.issued_at)
    if is_expired:
        since = certificate.valid_until + timedelta(days=1)
    later = Certificate.objects.filter(predecessor=certificate).first()
    names_all = is_shared and choice is not None and choice.shows_full_name
    score = f"{points(certificate.points_centi)}/{points(certificate.total_centi)}"
    return PublicFacts(
        number=certificate.number,
        serial=certificate.serial,
        status=state.value if is_sound else UNCONFIRMED,
        status_label=state.label if is_sound else "存疑",
        status_since=since.isoformat(),
        status_reason=_reason(change, is_expired=is_expired, is_sound=is_sound),
        replaced_by=later.number if later and later.origin == Certificate.Origin.CORRECTION else "",
        renewed_by=later.number if later and later.origin == Certificate.Origin.RENEWAL else "",
        name_masked=certificate.holder_name if names_all else masking.mask_name(certificate.holder_name),
        title=certificate.title,
        course=certificate.course_title,
        course_revision=certificate.course_revision,
        exam=certificate.exam_title,
        score=score if choice is None or choice.shows_score else "",
        standard=certificate.standard,
        study_hours=certificate.study_hours,
        issuer=certificate.issuer,
        issued_date=certificate.issued_date.isoformat(),
        valid_until=certificate.valid_until.isoformat(),
        log=standing.value,
        log_label=LOG_LABELS[standing],
        disclaimer=wording.DISCLAIMER,
    )


def _reason(change: StatusChange | None, *, is_expired: bool, is_sound: bool) -> str:
    if change is None or not is_sound:
        return "与公开日志不符"
    return "有效期届满" if is_expired else change.get_reason_class_display()
