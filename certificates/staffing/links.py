"""
Which certificates speak for a company's people: by number and name, or because the person agreed.

Source: docs/rules/companies.md, rules C8 and C9.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.masking import name_key
from certificates.models import Certificate
from certificates.staffing.models import Company, Person, PersonCertificate, PersonInvitation
from courses.seats import tokens
from lms.errors import DomainError
from lms.users import outbox
from lms.users.models import User

CONSENT_VERSION = "2026-11"
CONSENT = (
    "我同意这家企业看到：我的证书编号、状态和有效期（包括以后取得的）；由它安排的课程的学习进度。"
    "企业看不到我的答题、成绩、证件号和其他课程。我随时可以撤回。"
)
VALID = timedelta(days=30)
INVITED_AGAIN_AFTER = timedelta(hours=1)
CHUNK = 5000
How = PersonCertificate.How


class AlreadyAgreed(DomainError):
    message = "本人已经同意，不需要再邀请。"


class InvitedJustNow(DomainError):
    message = "一小时内已经邀请过。请提醒本人查看收件箱和垃圾邮件。"


class InvitationInvalid(DomainError):
    message = "这个邀请已经失效或被收回。请联系邀请你的企业重新发送。"


class InvitationOfAnother(DomainError):
    message = "这个邀请发给了另一个邮箱。请用收到邀请的邮箱登录，或请企业改邀你现在的邮箱。"


class AlreadyOnRoster(DomainError):
    message = "你的账号已经对应这家企业花名册上的另一个人。请联系企业合并重复的人员。"


class NotAgreed(DomainError):
    message = "这份同意已经撤回。请刷新页面查看。"


def link(*, people: Collection[int], now: datetime) -> None:
    """
    Make the links of these people agree with their numbers and names. Runs inside a transaction.

    Source: docs/rules/companies.md, rule C8.
    """
    every = sorted(people)
    for start in range(0, len(every), CHUNK):
        _link(every[start : start + CHUNK], now)


def _link(people: list[int], now: datetime) -> None:
    numbered = Person.objects.filter(pk__in=people).exclude(certificate_number="")
    wanted = dict(numbered.values_list("pk", "certificate_number"))
    names = dict(numbered.values_list("pk", "name_key"))
    found = Certificate.objects.filter(number__in=set(wanted.values())).values_list("number", "pk", "holder_name")
    register = {number: (pk, name_key(name)) for number, pk, name in found}
    right = {
        (person, register[number][0])
        for person, number in wanted.items()
        if number in register and register[number][1] == names[person]
    }
    standing = PersonCertificate.objects.standing().filter(person__in=people, how=How.NUMBER)
    there = {(one.person_id, one.certificate_id): one.pk for one in standing}
    gone = [pk for pair, pk in there.items() if pair not in right]
    PersonCertificate.objects.filter(pk__in=gone).update(ended_at=now)
    by_consent = PersonCertificate.objects.standing().filter(person__in=people, how=How.CONSENT)
    held = set(by_consent.values_list("person", "certificate"))
    fresh = sorted(right - there.keys() - held)
    PersonCertificate.objects.bulk_create(
        PersonCertificate(person_id=person, certificate_id=certificate, how=How.NUMBER, linked_at=now)
        for person, certificate in fresh
    )


def link_due(*, now: datetime) -> int:
    """
    Link what has been issued since: numbers that lead somewhere now, and new certificates of people who agreed.

    Returns the number of people looked at. Source: docs/rules/companies.md, rules C8 and C9.
    """
    standing = PersonCertificate.objects.standing()
    by_number = Person.objects.exclude(certificate_number="").filter(
        Exists(Certificate.objects.filter(number=OuterRef("certificate_number"))),
        ~Exists(standing.filter(person=OuterRef("pk"))),
    )
    pks = list(by_number.values_list("pk", flat=True))
    with transaction.atomic():
        link(people=pks, now=now)
    linked = standing.filter(person=OuterRef(OuterRef("pk")), certificate=OuterRef("pk"), how=How.CONSENT)
    fresh = Certificate.objects.filter(~Exists(linked), holder=OuterRef("user"))
    agreed = list(Person.objects.filter(Exists(fresh)).values_list("pk", flat=True))
    for pk in agreed:
        with transaction.atomic():
            _link_consent(Person.objects.select_for_update().get(pk=pk), now)
    return len(pks) + len(agreed)


@transaction.atomic
def invite(*, person: Person, email: str, by: User, now: datetime) -> PersonInvitation:
    """
    Ask a person by mail to agree; an earlier open invitation ends. Says nothing about whether there is an account.

    Raises: AlreadyAgreed, InvitedJustNow. Source: docs/rules/companies.md, rule C9.
    """
    locked = Person.objects.select_for_update().get(pk=person.pk)
    if locked.user_id:
        raise AlreadyAgreed
    earlier = PersonInvitation.objects.filter(person=locked, closed_at=None).first()
    if earlier and now < earlier.invited_at + INVITED_AGAIN_AFTER:
        raise InvitedJustNow
    PersonInvitation.objects.filter(person=locked, closed_at=None).update(closed_at=now)
    token = tokens.new_token()
    invitation = PersonInvitation.objects.create(
        person=locked,
        email=email.strip().lower(),
        token_hash=tokens.hash_of(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + VALID,
    )
    context = {
        "inviter_email": by.email,
        "url": settings.SITE_URL + reverse("staffing:consent_give", args=[token]),
        "days": VALID.days,
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}你的单位请你确认证书",
        render_to_string("staffing/mail/consent_invitation.txt", context),
        to=[invitation.email],
    )
    outbox.queue(message=message, now=now)
    return invitation


def find(*, token: str, now: datetime) -> PersonInvitation | None:
    """Return the open invitation that a token leads to."""
    found = PersonInvitation.objects.select_related("person__company", "invited_by")
    return found.filter(token_hash=tokens.hash_of(token), closed_at=None, expires_at__gt=now).first()


@transaction.atomic
def agree(*, token: str, by: User, now: datetime) -> PersonInvitation:
    """
    Agree that the company sees certificates and progress; from now on this employer counts the person.

    Raises: InvitationInvalid, InvitationOfAnother, AlreadyOnRoster. Source: docs/rules/companies.md, rules C9, C10.
    """
    invitation, person = _open(token, by, now)
    if Person.objects.filter(company=person.company_id, user=by).exclude(pk=person.pk).exists():
        raise AlreadyOnRoster
    person.user = by
    person.save(update_fields=["user"])
    invitation.user, invitation.consent_version = by, CONSENT_VERSION
    invitation.accepted_at = invitation.closed_at = now
    invitation.save()
    _link_consent(person, now)
    _mark_changed(person)
    return invitation


@transaction.atomic
def decline(*, token: str, by: User, now: datetime) -> PersonInvitation:
    """Say no to an invitation. Raises: InvitationInvalid, InvitationOfAnother."""
    invitation, _ = _open(token, by, now)
    invitation.user, invitation.closed_at = by, now
    invitation.save(update_fields=["user", "closed_at"])
    return invitation


@transaction.atomic
def withdraw(*, invitation: PersonInvitation, now: datetime) -> PersonInvitation:
    """Take a consent back: what rests on it ends at once. Raises: NotAgreed. Source: rule C9 of the same file."""
    person = Person.objects.select_for_update().get(pk=invitation.person_id)
    locked = PersonInvitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.accepted_at is None or locked.withdrawn_at:
        raise NotAgreed
    locked.withdrawn_at = now
    locked.save(update_fields=["withdrawn_at"])
    person.user = None
    person.save(update_fields=["user"])
    PersonCertificate.objects.standing().filter(person=person, how=How.CONSENT).update(ended_at=now)
    _link([person.pk], now)
    _mark_changed(person)
    return locked


def _open(token: str, by: User, now: datetime) -> tuple[PersonInvitation, Person]:
    found = PersonInvitation.objects.filter(token_hash=tokens.hash_of(token)).first()
    if found is None:
        raise InvitationInvalid
    person = Person.objects.select_for_update().get(pk=found.person_id)
    invitation = PersonInvitation.objects.select_for_update().get(pk=found.pk)
    if invitation.closed_at or invitation.expires_at <= now:
        raise InvitationInvalid
    if by.email.lower() != invitation.email:
        raise InvitationOfAnother
    return invitation, person


def _link_consent(person: Person, now: datetime) -> None:
    """Link all certificates of the account; a link by number to the same certificate gives way."""
    own = set(Certificate.objects.filter(holder=person.user_id).values_list("pk", flat=True))
    standing = PersonCertificate.objects.standing().filter(person=person)
    standing.filter(how=How.NUMBER, certificate__in=own).update(ended_at=now)
    held = set(standing.filter(how=How.CONSENT).values_list("certificate", flat=True))
    PersonCertificate.objects.bulk_create(
        PersonCertificate(person=person, certificate_id=pk, how=How.CONSENT, linked_at=now) for pk in sorted(own - held)
    )


def _mark_changed(person: Person) -> None:
    Company.objects.filter(pk=person.company_id).update(roster_revision=F("roster_revision") + 1)
