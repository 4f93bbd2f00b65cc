"""
Certificates whose exam is no longer passed: a person decides on each, nothing happens by itself.

Source: docs/rules/key-fix.md, rule K9; docs/rules/exam-room.md, rule R8.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from certificates import lifecycle
from certificates.issuing import is_superseded
from certificates.models import Certificate, KeptCertificate
from exams.models import Attempt, KeyFix, Marking
from lms.errors import DomainError
from lms.users.models import Identity, User

MAX_REASON = 200


class NothingToDecide(DomainError):
    message = "这张证书没有等待决定的成绩更正：成绩已恢复合格，或者证书已经暂停、撤销、维持。请刷新页面查看。"


@dataclass(frozen=True)
class Effects:
    """
    What a key fix does to certificates. Counts of people whose attempt passes by it: `issued` have the certificate,
    `due` get it by the sweep, `nameless` have to register an identity first, `superseded` hold a later one.
    `at_risk` are certificates in force that rest on an attempt that fails by it.
    """

    issued: int
    due: int
    nameless: int
    superseded: int
    at_risk: QuerySet[Certificate]


def waiting() -> QuerySet[Certificate]:
    """Return valid certificates whose attempt lost its pass, and which nobody decided on since. Source: rule K9."""
    last = Marking.objects.filter(attempt=OuterRef("attempt")).order_by("-number").values("pk")[:1]
    lost = Certificate.objects.filter(
        status=Certificate.Status.VALID, attempt__in=Attempt.objects.no_longer_passed()
    ).annotate(last_marking=Subquery(last))
    kept = KeptCertificate.objects.filter(certificate=OuterRef("pk"), marking=OuterRef("last_marking"))
    return lost.exclude(Exists(kept))


@transaction.atomic
def keep(*, certificate: Certificate, reason: str, person: User, now: datetime) -> KeptCertificate:
    """
    Leave a certificate in force although its exam is no longer passed; on record for ever.

    Raises: ReasonMissing, NothingToDecide. Source: docs/rules/key-fix.md, rule K9.
    """
    reason = reason.strip()[:MAX_REASON]
    if not reason:
        raise lifecycle.ReasonMissing
    Certificate.objects.select_for_update().get(pk=certificate.pk)
    marking = Marking.objects.filter(attempt=certificate.attempt_id).order_by("-number").first()
    if marking is None or not waiting().filter(pk=certificate.pk).exists():
        raise NothingToDecide
    return KeptCertificate.objects.create(
        certificate=certificate, marking=marking, reason=reason, kept_by=person, kept_at=now
    )


def effects_of(fix: KeyFix) -> Effects:
    """Tell what a key fix does, or would do, to certificates. Source: docs/rules/key-fix.md, rules K4 and K9."""
    formal = fix.rows.formal()
    passing = formal.filter(before_passed=False, after_passed=True).values("attempt")
    attempts = Attempt.objects.filter(pk__in=passing)
    without = attempts.filter(certificate=None)
    superseded = without.filter(is_superseded())
    rest = without.exclude(is_superseded())
    nameless = rest.exclude(Exists(Identity.objects.filter(user=OuterRef("candidate"))))
    failing = formal.filter(before_passed=True, after_passed=False).values("attempt")
    at_risk = Certificate.objects.filter(attempt__in=failing, status__in=lifecycle.STANDING)
    return Effects(
        issued=attempts.count() - without.count(),
        due=rest.count() - nameless.count(),
        nameless=nameless.count(),
        superseded=superseded.count(),
        at_risk=at_risk.select_related("attempt").order_by("pk"),
    )
