"""Who counts as 售后服务管理师 on a day, and why not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from certificates.masking import name_key


class Outcome(StrEnum):
    """Why a person counts as 售后服务管理师 or not. Source: docs/rules/staffing.md, rules S3, S8 and S11."""

    COUNTED = "COUNTED"
    NOT_JOINED = "NOT_JOINED"
    LEFT = "LEFT"
    NO_CERTIFICATE = "NO_CERTIFICATE"
    UNKNOWN_CERTIFICATE = "UNKNOWN_CERTIFICATE"
    NAME_MISMATCH = "NAME_MISMATCH"
    NOT_IN_FORCE = "NOT_IN_FORCE"
    NOT_YET_ISSUED = "NOT_YET_ISSUED"
    EXPIRED = "EXPIRED"
    COUNTED_ELSEWHERE = "COUNTED_ELSEWHERE"
    OTHER_EMPLOYER = "OTHER_EMPLOYER"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the register says of one certificate. `holder` is the same for all certificates of one person."""

    holder: str
    holder_name: str
    is_in_force: bool
    status: str
    issued_date: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Person:
    """
    One row of a roster with the certificate that its number led to. Days are inclusive; None is open.

    `place` says where the person stands if not in a row of a file. On the days of `taken` another employer counts
    the holder; these stretches are in order and do not overlap. `judgements` say from which days on the person is a
    service manager, or no longer; in order. Before the first of them `is_manager` holds.
    """

    row: int
    name: str
    is_manager: bool
    joined_on: date | None = None
    left_on: date | None = None
    certificate_number: str = ""
    certificate: CertificateFacts | None = None
    place: str = ""
    taken: tuple[tuple[date, date], ...] = ()
    judgements: tuple[tuple[date, bool], ...] = ()

    @property
    def where(self) -> str:
        return self.place or f"第 {self.row} 行"

    def is_employed_on(self, day: date) -> bool:
        return (self.joined_on or date.min) <= day <= (self.left_on or date.max)

    def is_manager_on(self, day: date) -> bool:
        """Say whether the person works as a service manager on a day. Source: docs/rules/staffing.md, rule S12."""
        if not self.judgements:
            return self.is_manager and self.is_employed_on(day)
        return any(first <= day <= last for first, last in self.managing_days())

    def managing_days(self) -> Iterator[tuple[date, date]]:
        """Give the stretches of days on which the person is employed as a service manager, both ends included."""
        first, last = self.joined_on or date.min, self.left_on or date.max
        if not self.judgements:
            if self.is_manager:
                yield first, last
            return
        begins = [(date.min, self.is_manager), *self.judgements]
        for number, (since, is_manager) in enumerate(begins, start=1):
            until = begins[number][0] - timedelta(days=1) if number < len(begins) else date.max
            if is_manager and max(first, since) <= min(last, until):
                yield max(first, since), min(last, until)

    @property
    def is_ever_manager(self) -> bool:
        return next(self.managing_days(), None) is not None

    def is_taken_on(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.taken)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule says of one person on the day: does he or she count, and why."""

    person: Person
    outcome: Outcome
    reason: str
    is_counted_manager: bool

    @property
    def is_counted(self) -> bool:
        return self.outcome is Outcome.COUNTED


def link_trouble(person: Person) -> Outcome | None:
    """Say why a person's number leads to no certificate of his or hers that could ever count."""
    if not person.certificate_number:
        return Outcome.NO_CERTIFICATE
    if person.certificate is None:
        return Outcome.UNKNOWN_CERTIFICATE
    if name_key(person.name) != name_key(person.certificate.holder_name):
        return Outcome.NAME_MISMATCH
    return None if person.certificate.is_in_force else Outcome.NOT_IN_FORCE


def _trouble(person: Person, day: date) -> Outcome | None:
    """Say why a person does not count on a day, apart from being counted elsewhere."""
    if not person.is_employed_on(day):
        return Outcome.LEFT if person.left_on and person.left_on < day else Outcome.NOT_JOINED
    trouble = link_trouble(person)
    if trouble or person.certificate is None:
        return trouble
    if day < person.certificate.issued_date:
        return Outcome.NOT_YET_ISSUED
    if day > person.certificate.valid_until:
        return Outcome.EXPIRED
    return Outcome.OTHER_EMPLOYER if person.is_taken_on(day) else None


def counted_rows(people: Iterable[Person], day: date) -> dict[str, int]:
    """Return each holder who counts on the day with the first row on which he or she stands."""
    rows: dict[str, int] = {}
    for person in people:
        if person.certificate and _trouble(person, day) is None:
            holder = person.certificate.holder
            rows[holder] = min(person.row, rows.get(holder, person.row))
    return rows


def judge(person: Person, day: date, rows: dict[str, int]) -> Verdict:
    outcome = _trouble(person, day)
    first_row = rows.get(person.certificate.holder, person.row) if person.certificate else person.row
    if outcome is None:
        outcome = Outcome.COUNTED if first_row == person.row else Outcome.COUNTED_ELSEWHERE
    is_counted_manager = person.is_manager_on(day)
    return Verdict(person, outcome, _reason(person, outcome, first_row), is_counted_manager)


def _reason(person: Person, outcome: Outcome, first_row: int) -> str:
    known = person.certificate
    match outcome:
        case Outcome.COUNTED if known:
            return f"在职，证书有效期至 {known.valid_until}"
        case Outcome.NOT_IN_FORCE if known:
            return f"证书状态为“{known.status}”，不计入"
        case Outcome.NOT_YET_ISSUED if known:
            return f"证书 {known.issued_date} 才发证，基准日尚未取得"
        case Outcome.EXPIRED if known:
            return f"证书已于 {known.valid_until} 到期，请换成新证书的编号"
        case Outcome.NOT_JOINED:
            return f"{person.joined_on} 入职，基准日尚未在职"
        case Outcome.LEFT:
            return f"已于 {person.left_on} 离职"
        case Outcome.COUNTED_ELSEWHERE:
            return f"同一位持证人已计在第 {first_row} 行"
        case _:
            return _LINK_REASONS[outcome]


_LINK_REASONS = {
    Outcome.NO_CERTIFICATE: "没有填写证书编号",
    Outcome.UNKNOWN_CERTIFICATE: "查不到这个证书编号，请核对；其他机构的证书不计入",
    Outcome.NAME_MISMATCH: "姓名与证书上的不一致，请核对编号和姓名",
    Outcome.OTHER_EMPLOYER: "重叠：同一位持证人也在另一家企业的花名册上，目前计在那一家，请本人在自己的账号里确认单位",
}
