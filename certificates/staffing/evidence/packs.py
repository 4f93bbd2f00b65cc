"""Verbs on evidence packs: freeze one, read its file."""

import hashlib
import secrets
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from certificates import keys, signing
from certificates.models import Certificate
from certificates.staffing import checks, ratio
from certificates.staffing.answers import CompanyAnswer
from certificates.staffing.evidence import printing
from certificates.staffing.models import Company, EvidencePack
from lms.errors import DomainError
from lms.users.models import User

FOLDER = "evidence"  # no address serves this folder; our views send the files
MOST_A_DAY = 20
MOST_PEOPLE = 2_000


class TooManyPacks(DomainError):
    message = f"24 小时内已经生成了 {MOST_A_DAY} 份清单。请使用已有的清单，或明天再生成。"


class TooManyPeople(DomainError):
    message = f"计入的人超过 {MOST_PEOPLE} 名，一份清单放不下。请按法人主体分别登记企业，分别生成。"


def freeze(*, company: Company, as_of: date, by: User, now: datetime) -> EvidencePack:
    """
    Check a company on a day, freeze the answer, and sign its PDF; signing happens outside of any transaction.

    Raises: checks.AsOfOutOfRange, ratio.NoManagers, TooManyPacks, TooManyPeople, CharacterMissing, SigningUnavailable;
    then nothing is kept. Source: docs/rules/evidence.md, rules E1-E4 and E7.
    """
    _refuse_too_many(company, now)
    pack = _frozen(company, checks.check_company(company=company, as_of=as_of), by, now)
    signed = signing.sign_as_issuer(printing.print_pdf(pack), reason="配置清单签发")
    pack.pdf_sha256 = hashlib.sha256(signed).hexdigest()
    pack.pdf = default_storage.save(f"{FOLDER}/{secrets.token_urlsafe(16)}.pdf", ContentFile(signed))
    try:
        with transaction.atomic():
            Company.objects.select_for_update().get(pk=company.pk)
            _refuse_too_many(company, now)  # others may have made some meanwhile
            pack.key = keys.remember_document_key(certificate=signing.issuer_certificate(), now=now)
            pack.save()
    except BaseException:
        default_storage.delete(pack.pdf)
        raise
    return pack


def signed_pdf(pack: EvidencePack) -> bytes:
    """Return the signed file, the same bytes every time. Source: docs/rules/evidence.md, rule E4."""
    with default_storage.open(pack.pdf) as stored:
        return bytes(stored.read())


def _refuse_too_many(company: Company, now: datetime) -> None:
    if EvidencePack.objects.of(company).filter(made_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyPacks


def _frozen(company: Company, answer: CompanyAnswer, by: User, now: datetime) -> EvidencePack:
    """Return the unsaved row. Source: docs/rules/evidence.md, rules E2 and E3."""
    staffing = answer.staffing
    if staffing.held > MOST_PEOPLE:
        raise TooManyPeople
    day = timezone.localdate(now)
    return EvidencePack(
        company=company,
        reference=f"PZ-{day:%Y%m%d}-{secrets.token_hex(4).upper()}",
        company_name=company.name,
        uscc=company.uscc,
        as_of_date=staffing.as_of,
        rule_version=ratio.RULE_VERSION,
        roster_sha256=answer.roster.sha256(),
        people=sum(one.is_employed for one in answer.people),
        managers=staffing.managers,
        required=staffing.required,
        held=staffing.held,
        points_centi=staffing.points_centi,
        first_breach_date=staffing.breach.day if staffing.breach else None,
        sites=[{"name": site.name, "managers": site.managers, "held": site.held} for site in answer.sites()],
        rows=_rows(answer),
        made_by=by,
        made_at=now,
    )


def _rows(answer: CompanyAnswer) -> list[dict[str, str]]:
    """Return one object per person who counts, by site and name."""
    counted = [one for one in answer.people if one.is_counted]
    numbers = [one.certificate_number for one in counted]
    known = {row.number: row for row in Certificate.objects.filter(number__in=numbers)}
    rows = [
        {
            "name": one.row.name,
            "site": one.row.site,
            "number": certificate.number,
            "id_masked": certificate.holder_id_masked,
            "issued_date": certificate.issued_date.isoformat(),
            "valid_until": certificate.valid_until.isoformat(),
            "state": certificate.state_on(answer.staffing.as_of).label,
        }
        for one in counted
        if (certificate := known.get(one.certificate_number))
    ]
    return sorted(rows, key=lambda row: (row["site"], row["name"], row["number"]))
