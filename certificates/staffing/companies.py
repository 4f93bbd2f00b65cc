"""Companies: register, prove the mail domain, verify; who may come in; groups."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse

from certificates.staffing import members
from certificates.staffing.company_rules import PUBLIC_MAIL, name_problem, normal_code, uscc_problem
from certificates.staffing.models import Company, CompanyGroup, DomainProof, Member
from courses.seats import tokens
from lms.errors import DomainError
from lms.users import outbox
from lms.users.models import User

MAX_OWNED = 20
Role = Member.Role
ALLOWED = {Role.VIEWER: tuple(Role), Role.MANAGER: Member.MANAGING, Role.OWNER: (Role.OWNER,)}


class CompanyRefused(DomainError):
    """What was typed is no company; `errors` says what is wrong, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("企业没有登记，请按提示修改。")
        self.errors = errors


class AlreadyRegistered(DomainError):
    message = "这个统一社会信用代码已经登记。请本企业的负责人邀请你加入；如果不是本企业登记的，请联系客服核验。"


class TooManyCompanies(DomainError):
    message = f"一个账号最多负责 {MAX_OWNED} 家企业。请由其他同事登记，或联系客服。"


class AlreadyDecided(DomainError):
    message = "这家企业已经有核验结论。请刷新页面查看。"


class DecisionMissing(DomainError):
    message = "请写明核验意见，企业和同事都会看到。"


class PublicMailbox(DomainError):
    message = "这是公共邮箱，不能说明单位。请填写本单位域名的邮箱，或等待人工核验。"


class ProofInvalid(DomainError):
    message = "这个核验链接已经失效。请在企业页面重新发送邮件，并打开最新的一封。"


class SentJustNow(DomainError):
    message = "十分钟内已经发过核验邮件。请查看收件箱和垃圾邮件，稍后可以再发。"


class NotBothOwned(DomainError):
    message = "只有同时是两家企业负责人的人，才能把它们放进一个集团。"


def for_user(user: User, pk: int, *, role: str = Role.VIEWER) -> tuple[Company, Member]:
    """
    Return a company that this person belongs to with at least this role, and the membership; else Http404.

    A rejected company is gone for everybody. Source: docs/rules/companies.md, rule C3.
    """
    member = get_object_or_404(Member.objects.select_related("company"), company=pk, user=user)
    if member.role not in ALLOWED[Role(role)] or member.company.status == Company.Status.REJECTED:
        raise Http404
    return member.company, member


@transaction.atomic
def register(*, name: str, uscc: str, by: User, now: datetime) -> Company:
    """
    Register a company; who does so becomes its owner.

    Raises: CompanyRefused, AlreadyRegistered, TooManyCompanies. Source: docs/rules/companies.md, rule C1.
    """
    name, code = " ".join(name.split()), normal_code(uscc)
    errors = {"name": name_problem(name), "uscc": uscc_problem(code)}
    if any(errors.values()):
        raise CompanyRefused({field: error for field, error in errors.items() if error})
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Company.objects.owned_by(by).count() >= MAX_OWNED:
        raise TooManyCompanies
    if Company.objects.exclude(status=Company.Status.REJECTED).filter(uscc=code).exists():
        raise AlreadyRegistered
    company = Company.objects.create(name=name, uscc=code, registered_by=by, registered_at=now)
    Member.objects.create(company=company, user=by, role=Role.OWNER, joined_at=now)
    return company


@transaction.atomic
def verify(*, company: Company, by: User, decision: str, now: datetime) -> Company:
    """Verify a company by hand. Raises: AlreadyDecided, DecisionMissing. Source: docs/rules/companies.md, rule C2."""
    return _decide(company, Company.Status.VERIFIED, by, decision, now)


@transaction.atomic
def reject(*, company: Company, by: User, decision: str, now: datetime) -> Company:
    """Turn a company down. Raises: AlreadyDecided, DecisionMissing. Source: docs/rules/companies.md, rule C2."""
    return _decide(company, Company.Status.REJECTED, by, decision, now)


def _decide(company: Company, status: Company.Status, by: User, decision: str, now: datetime) -> Company:
    locked = Company.objects.select_for_update().get(pk=company.pk)
    if locked.status != Company.Status.UNVERIFIED:
        raise AlreadyDecided
    if not decision.strip():
        raise DecisionMissing
    locked.status, locked.decided_how = status, Company.VerifiedHow.STAFF
    locked.decided_by, locked.decided_at, locked.decision = by, now, decision.strip()[:200]
    locked.save()
    members.appoint_stewards(locked)
    return locked


@transaction.atomic
def send_domain_proof(*, company: Company, email: str, now: datetime) -> DomainProof:
    """
    Write to a mailbox of the company; whoever opens the link reads it.

    Raises: AlreadyDecided, PublicMailbox, SentJustNow. Source: docs/rules/companies.md, rule C2.
    """
    locked = Company.objects.select_for_update().get(pk=company.pk)
    if locked.status != Company.Status.UNVERIFIED:
        raise AlreadyDecided
    email = email.strip().lower()
    if email.rpartition("@")[2] in PUBLIC_MAIL:
        raise PublicMailbox
    earlier = DomainProof.objects.filter(company=locked).first()
    if earlier and (now - earlier.sent_at).total_seconds() < 600:
        raise SentJustNow
    token = tokens.new_token()
    proof, _ = DomainProof.objects.update_or_create(
        company=locked, defaults={"email": email, "token_hash": tokens.hash_of(token), "sent_at": now}
    )
    context = {
        "url": settings.SITE_URL + reverse("staffing:domain_prove", args=[token]),
        "site_name": settings.SITE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMessage(
        f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}核验企业邮箱",
        render_to_string("staffing/mail/domain_proof.txt", context),
        to=[email],
    )
    outbox.queue(message=message, now=now)
    return proof


@transaction.atomic
def prove_domain(*, token: str, by: User, now: datetime) -> Company:
    """
    Record that an owner reads a mailbox of the company's domain; a sister company verified by hand vouches for it.

    Raises: ProofInvalid. Source: docs/rules/companies.md, rule C2.
    """
    proof = DomainProof.objects.filter(token_hash=tokens.hash_of(token)).first()
    if proof is None or (now - proof.sent_at).days >= 3:
        raise ProofInvalid
    company = Company.objects.select_for_update().get(pk=proof.company_id)
    if not Member.objects.filter(company=company, user=by, role=Role.OWNER).exists():
        raise ProofInvalid
    company.mail_domain, company.domain_proved_at = proof.email.rpartition("@")[2], now
    owners = Member.objects.filter(company=company, role=Role.OWNER).values("user")
    sisters = Company.objects.filter(
        status=Company.Status.VERIFIED, decided_how=Company.VerifiedHow.STAFF, mail_domain=company.mail_domain
    ).filter(members__user__in=owners, members__role=Role.OWNER)
    if company.status == Company.Status.UNVERIFIED and sisters.exists():
        company.status, company.decided_how = Company.Status.VERIFIED, Company.VerifiedHow.DOMAIN
        company.decided_at, company.decision = now, f"同一负责人的企业已用域名 {company.mail_domain} 核验"
    company.save()
    members.appoint_stewards(company)
    proof.delete()
    return company


@transaction.atomic
def join_group(*, company: Company, other: Company, name: str, by: User, now: datetime) -> CompanyGroup:
    """
    Put a company into the group of another one, which is made under this name if there is none.

    Raises: NotBothOwned. Source: docs/rules/companies.md, rule C4.
    """
    pks = sorted({company.pk, other.pk})
    locked = {found.pk: found for found in Company.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    if len(pks) < 2 or Company.objects.owned_by(by).filter(pk__in=pks).count() < 2:
        raise NotBothOwned
    sister = locked[other.pk]
    if sister.group is None:
        sister.group = CompanyGroup.objects.create(name=name.strip()[:100] or f"{sister.name}集团", made_at=now)
        sister.save(update_fields=["group"])
    mine = locked[company.pk]
    mine.group = sister.group
    mine.save(update_fields=["group"])
    return sister.group


@transaction.atomic
def leave_group(*, company: Company) -> Company:
    """Take a company out of its group; an empty group goes. Source: docs/rules/companies.md, rule C4."""
    locked = Company.objects.select_for_update().get(pk=company.pk)
    group = locked.group
    locked.group = None
    locked.save(update_fields=["group"])
    if group and Company.objects.filter(group=group).count() < 2:
        group.delete()
    return locked
