"""The certificates that speak for the company's people, and the look-up that everybody has."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from django.utils import timezone
from ninja import Field, Query, Router, Schema

from certificates import logbook, register
from certificates.models import Certificate
from certificates.staffing.models import PersonCertificate
from lms.api.auth import ApiRequest, TokenAuth
from lms.api.fields import Line, Page, Paging, cut

router = Router(tags=["证书"])
Number = Annotated[Line, Field(max_length=60)]
Name = Annotated[Line, Field(max_length=50)]


class CertificateOut(Schema):
    """A certificate of one of the company's people. `status` is UNCONFIRMED where the public log contradicts it."""

    person_id: int
    name: str
    staff_number: str
    number: str
    linked_by: str
    status: str
    status_label: str
    issued_date: date
    valid_until: date


class CertificatePage(Page):
    items: list[CertificateOut]


class FactsOut(Schema):
    """What the public look-up says of a certificate."""

    number: str
    status: str
    status_label: str
    status_since: date
    status_reason: str
    replaced_by: str
    renewed_by: str
    name_masked: str
    title: str
    issuer: str
    issued_date: date
    valid_until: date
    log: str


class LookUpOut(Schema):
    """Whether number and name agree with one certificate, and then what is public about it."""

    found: bool
    certificate: FactsOut | None


@router.get(
    "/certificates",
    auth=TokenAuth("certificates:read"),
    response=CertificatePage,
    summary="人员的证书（certificates:read）",
)
def certificate_list(request: ApiRequest, paging: Query[Paging]) -> dict[str, object]:
    """List the certificates that are linked to the company's people, with their state today."""
    links = PersonCertificate.objects.of(request.auth.company).standing()
    rows, facts = cut(links.select_related("person", "certificate").order_by("pk"), paging)
    today, sound = timezone.localdate(), {one.pk for one in logbook.sound([row.certificate for row in rows])}
    return facts | {"items": [_certificate(row, today, is_sound=row.certificate_id in sound) for row in rows]}


@router.get(
    "/certificates/lookup",
    auth=TokenAuth("certificates:read"),
    response=LookUpOut,
    summary="按编号和姓名核验一张证书（certificates:read）",
)
def certificate_lookup(request: ApiRequest, number: Number, name: Name) -> dict[str, object]:
    """Say of one certificate what the public look-up says; both keys must agree."""
    certificate = register.look_up(number=number, name=name)
    if certificate is None:
        return {"found": False, "certificate": None}
    facts = register.public_facts(certificate=certificate, today=timezone.localdate())
    return {"found": True, "certificate": asdict(facts)}


def _certificate(link: PersonCertificate, today: date, *, is_sound: bool) -> dict[str, object]:
    certificate: Certificate = link.certificate
    state = certificate.state_on(today)
    return {
        "person_id": link.person_id,
        "name": link.person.name,
        "staff_number": link.person.staff_number,
        "number": certificate.number,
        "linked_by": link.how,
        "status": state.value if is_sound else register.UNCONFIRMED,
        "status_label": state.label if is_sound else "存疑",
        "issued_date": certificate.issued_date,
        "valid_until": certificate.valid_until,
    }
