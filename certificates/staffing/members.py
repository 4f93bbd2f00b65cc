"""Who belongs to a company: invite, accept, change a role, leave. Source: docs/rules/companies.md, rule C3."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.staffing.models import Company, Member, MemberInvitation
from courses import seats
from courses.seats import tokens
from lms.errors import DomainError
from lms.users import outbox
from lms.users.models import User

VALID = timedelta(days=14)
MAX_MEMBERS = 100
INVITED_AGAIN_AFTER = timedelta(hours=1)


class AlreadyMember(DomainError):
    message = "这个邮箱已经是成员，不需要再邀请。"


class InvitedJustNow(DomainError):
    message = "一小时内已经邀请过这个邮箱。请提醒对方查看收件箱和垃圾邮件。"


class TooManyMembers(DomainError):
    message = f"一家企业最多 {MAX_MEMBERS} 名成员和未接受的邀请。请先移出不再需要的成员。"


class InvitationInvalid(DomainError):
    message = "这个邀请已经失效或被收回。请联系邀请你的人重新邀请。"


class InvitationOfAnother(DomainError):
    message = "这个邀请发给了另一个邮箱。请用收到邀请的邮箱登录，或请对方改邀你现在的邮箱。"


class LastOwner(DomainError):
    message = "企业至少要有一名负责人。请先把另一名成员改为负责人。"


@transaction.atomic
def invite(*, company: Company, email: str, role: str, by: User, now: datetime) -> MemberInvitation:
    """
    Ask somebody by mail to join; an open invitation to the same mailbox is replaced.

    Raises: AlreadyMember, InvitedJustNow, TooManyMembers.
    """
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    email = email.strip().lower()
    if Member.objects.of(locked).filter(user__email__iexact=email).exists():
        raise AlreadyMember
    open_ones = MemberInvitation.objects.filter(company=locked, closed_at=None)
    earlier = open_ones.filter(email=email).first()
    if earlier and now < earlier.invited_at + INVITED_AGAIN_AFTER:
        raise InvitedJustNow
    if Member.objects.of(locked).count() + open_ones.exclude(email=email).count() >= MAX_MEMBERS:
        raise TooManyMembers
    open_ones.filter(email=email).update(closed_at=now)
    token = tokens.new_token()
    invitation = MemberInvitation.objects.create(
        company=locked,
        email=email,
        role=Member.Role(role),
        token_hash=tokens.hash_of(token),
        invited_by=by,
        invited_at=now,
        expires_at=now + VALID,
    )
    context = {
        "inviter_email": by.email,
        "url": settings.SITE_URL + reverse("staffing:member_accept", args=[token]),
        "days": VALID.days,
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}邀请你一起管理企业花名册",
        render_to_string("staffing/mail/member_invitation.txt", context),
        to=[email],
    )
    outbox.queue(message=message, now=now)
    return invitation


def find(*, token: str, now: datetime) -> MemberInvitation | None:
    """Return the open invitation that a token leads to."""
    found = MemberInvitation.objects.select_related("company", "invited_by")
    return found.filter(token_hash=tokens.hash_of(token), closed_at=None, expires_at__gt=now).first()


@transaction.atomic
def accept(*, token: str, by: User, now: datetime) -> Member:
    """Join the company that a token invites to. Raises: InvitationInvalid, InvitationOfAnother."""
    found = MemberInvitation.objects.filter(token_hash=tokens.hash_of(token)).first()
    if found is None:
        raise InvitationInvalid
    company = Company.objects.select_for_update(no_key=True).get(pk=found.company_id)
    invitation = MemberInvitation.objects.select_for_update().get(pk=found.pk)
    if invitation.closed_at or invitation.expires_at <= now or company.status == Company.Status.REJECTED:
        raise InvitationInvalid
    if by.email.lower() != invitation.email:
        raise InvitationOfAnother
    invitation.closed_at = now
    invitation.save(update_fields=["closed_at"])
    member, _ = Member.objects.get_or_create(
        company=company, user=by, defaults={"role": invitation.role, "joined_at": now}
    )
    appoint_stewards(company)
    return member


@transaction.atomic
def withdraw_invitation(*, invitation: MemberInvitation, now: datetime) -> None:
    """Let an invitation lead nowhere any more."""
    MemberInvitation.objects.filter(pk=invitation.pk, closed_at=None).update(closed_at=now)


@transaction.atomic
def change_role(*, member: Member, role: str) -> Member:
    """Give a member another role. Raises: LastOwner."""
    locked = _lock(member)
    if locked.is_owner and role != Member.Role.OWNER:
        _refuse_last_owner(locked)
    locked.role = Member.Role(role)
    locked.save(update_fields=["role"])
    appoint_stewards(locked.company)
    return locked


@transaction.atomic
def remove(*, member: Member) -> None:
    """Take a member out, or let them leave. Raises: LastOwner."""
    locked = _lock(member)
    if locked.is_owner:
        _refuse_last_owner(locked)
    locked.delete()
    appoint_stewards(locked.company)


def appoint_stewards(company: Company) -> None:
    """
    Let the owners and managers of a verified company manage the seats bought for it. The caller holds the company.

    Source: docs/rules/seats.md, rule S11.
    """
    managing = Member.objects.of(company).filter(role__in=Member.MANAGING).select_related("user")
    users = [member.user for member in managing] if company.is_verified else []
    seats.appoint(company_code=company.uscc, users=users)


@transaction.atomic
def set_digest(*, member: Member, wants_digest: bool) -> None:
    """Say whether this member wants the weekly summary."""
    Member.objects.filter(pk=member.pk).update(wants_digest=wants_digest)


def _lock(member: Member) -> Member:
    """Lock the company first: two owners who leave at once must not both be the last but one."""
    Company.objects.select_for_update(no_key=True).get(pk=member.company_id)
    return Member.objects.select_for_update().get(pk=member.pk)


def _refuse_last_owner(member: Member) -> None:
    owners = Member.objects.filter(company=member.company_id, role=Member.Role.OWNER)
    if not owners.exclude(pk=member.pk).exists():
        raise LastOwner
