"""Companies with members and people, made by the verbs or as rows where no verb is the subject."""

from datetime import UTC, date, datetime
from itertools import count

from stdnum.cn import uscc

from certificates.masking import name_key
from certificates.models import Certificate
from certificates.staffing.models import Company, Employment, Member, Person, PersonCertificate, Site
from lms.users.models import User

serial = count(1)
REGISTERED_AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


def company_code(n: int) -> str:
    """Make the n-th 统一社会信用代码 with its right check character."""
    body = f"91110105{n:09d}"
    return body + uscc.calc_check_digit(body)


def make_company(*, owner: User | None = None, **fields: object) -> Company:
    n = next(serial)
    defaults = {"name": f"测试服务{n}有限公司", "uscc": company_code(n), "registered_at": REGISTERED_AT}
    company = Company.objects.create(**defaults | fields)
    if owner:
        make_member(company=company, user=owner, role=Member.Role.OWNER)
    return company


def make_member(*, company: Company, user: User, role: str = Member.Role.VIEWER) -> Member:
    return Member.objects.create(company=company, user=user, role=role, joined_at=REGISTERED_AT)


def make_person(
    *,
    company: Company,
    name: str = "张三丰",
    is_manager: bool = True,
    joined_on: date | None = date(2020, 1, 1),
    left_on: date | None = None,
    **fields: object,
) -> Person:
    person = Person.objects.create(
        company=company,
        name=name,
        name_key=name_key(name),
        first_is_manager=is_manager,
        **{"first_reason": "花名册填写"} | fields,
    )
    Employment.objects.create(person=person, joined_on=joined_on, left_on=left_on)
    return person


def make_site(*, company: Company, name: str = "城东网点", parent: Site | None = None, kind: str = "OUTLET") -> Site:
    return Site.objects.create(company=company, name=name, parent=parent, kind=kind)


def claim(
    *, person: Person, certificate: Certificate, how: str = PersonCertificate.How.NUMBER, at: datetime
) -> PersonCertificate:
    return PersonCertificate.objects.create(person=person, certificate=certificate, how=how, linked_at=at)
