"""Verbs on the links that show a pack: make one, revoke it, open it; and what a pack looks like at this moment."""

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from certificates.models import Certificate
from certificates.staffing import checks, ratio
from certificates.staffing.models import EvidenceLink, EvidencePack, EvidenceVisit
from lms.errors import DomainError
from lms.users.models import User

MOST_OPEN = 20
DEFAULT_DAYS, MOST_DAYS = 14, 90
AGENT_LENGTH = 200
What = EvidenceVisit.What


class TooManyLinks(DomainError):
    message = f"这份清单已经有 {MOST_OPEN} 个有效链接。请先收回不用的，再建新的。"


class LinkEnded(DomainError):
    message = "这个链接已经过期，或者被企业收回。请向企业要新的链接。"


@dataclass(frozen=True, slots=True)
class LivePerson:
    """One person of a pack with the certificate's state now, and whether the company still counts him or her."""

    frozen: dict[str, str]
    state: str
    is_in_force: bool
    is_counted: bool | None


@dataclass(frozen=True, slots=True)
class Live:
    """A pack beside the present. `staffing` None: the roster has no service managers now."""

    day: date
    people: tuple[LivePerson, ...]
    staffing: ratio.Staffing | None

    @property
    def has_changed(self) -> bool:
        return any(not one.is_in_force or one.is_counted is False for one in self.people)


@transaction.atomic
def share(*, pack: EvidencePack, recipient: str, days: int, by: User, now: datetime) -> EvidenceLink:
    """
    Make a link to a pack for somebody, for so many days.

    Raises: TooManyLinks; ValueError if the days are out of range. Source: docs/rules/evidence.md, rule E8.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a link lasts 1 to {MOST_DAYS} days, not {days}")
    EvidencePack.objects.select_for_update().get(pk=pack.pk)
    if pack.links.open(now).count() >= MOST_OPEN:
        raise TooManyLinks
    return EvidenceLink.objects.create(
        pack=pack,
        token=secrets.token_urlsafe(32),
        recipient=recipient,
        made_by=by,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )


@transaction.atomic
def revoke(*, link: EvidenceLink, by: User, now: datetime) -> EvidenceLink:
    """End a link at once; one that has ended stays as it is. Source: docs/rules/evidence.md, rule E8."""
    locked = EvidenceLink.objects.select_for_update().get(pk=link.pk)
    if locked.is_open(now):
        locked.revoked_at, locked.revoked_by = now, by
        locked.save(update_fields=["revoked_at", "revoked_by"])
    return locked


def visit(*, link: EvidenceLink, what: EvidenceVisit.What, address: str, user_agent: str, now: datetime) -> None:
    """
    Record that a link was opened, and refuse if it has ended.

    Raises: LinkEnded, after that was recorded too. Source: docs/rules/evidence.md, rules E8 and E10.
    """
    is_open = link.is_open(now)
    EvidenceVisit.objects.create(
        link=link,
        what=what if is_open else What.REFUSED,
        network=network_of(address),
        user_agent=user_agent.replace("\x00", "")[:AGENT_LENGTH],
        visited_at=now,
    )
    if not is_open:
        raise LinkEnded


def network_of(address: str) -> str:
    """Leave out the last part of an address: 203.0.113.9 → 203.0.113.0/24. docs/rules/evidence.md, rule E10."""
    known = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((known, 64 if known.version == 6 else 24), strict=False))


def live(*, pack: EvidencePack, today: date) -> Live:
    """
    Say what of a pack still holds: every certificate's state, and who is still counted.

    Source: docs/rules/evidence.md, rule E9.
    """
    states = {row.number: row for row in Certificate.objects.filter(number__in=[row["number"] for row in pack.rows])}
    try:
        answer = checks.check_company(company=pack.company, as_of=today)
    except ratio.NoManagers:
        staffing, counted = None, None
    else:
        staffing = answer.staffing
        counted = {one.certificate_number for one in answer.people if one.is_counted}
    people = []
    for row in pack.rows:
        certificate = states.get(row["number"])
        state = certificate.state_on(today) if certificate else None
        people.append(
            LivePerson(
                frozen=row,
                state=str(state.label) if state else "查不到",
                is_in_force=state == Certificate.State.VALID,
                is_counted=None if counted is None else row["number"] in counted,
            )
        )
    return Live(today, tuple(people), staffing)
