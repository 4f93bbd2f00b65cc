"""Rosters as files, a small register of certificates with fixed numbers, and checks made by the verb."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO

import xlsxwriter

from certificates import lifecycle, status_bits
from certificates.models import Certificate, StatusChange
from certificates.staffing import checks, rosters
from certificates.staffing.models import StaffingCheck
from lms.users.models import User
from tests.factories.certificates import make_attempt, make_exam
from tests.factories.courses import make_course
from tests.factories.users import UserFactory

HEADER = ["姓名", "工号", "部门", "网点", "层级", "职务", "是否服务管理人员", "入职日期", "离职日期", "证书编号"]
# number, name, first and last day, status; the second 周明远 is the first one's renewal
REGISTER = (
    ("SHFW-2024-QZTEGMP2-R", "周明远", date(2024, 3, 1), date(2027, 2, 28), "VALID"),
    ("SHFW-2025-U3A52FZQ-T", "林晓岚", date(2025, 6, 10), date(2028, 6, 9), "VALID"),
    ("SHFW-2026-4RWDXSZS-D", "王伟", date(2026, 1, 15), date(2029, 1, 14), "VALID"),
    ("SHFW-2024-VR7WEXK8-V", "王伟", date(2024, 5, 20), date(2027, 5, 19), "VALID"),
    ("SHFW-2025-3V2R5FVB-V", "陈立", date(2025, 2, 2), date(2028, 2, 1), "SUSPENDED"),
    ("SHFW-2026-E7TC6Z94-B", "周明远", date(2026, 10, 1), date(2029, 9, 30), "VALID"),
    ("SHFW-2024-EYBKP6AV-S", "阿依古丽·麦麦提", date(2021, 1, 1), date(2023, 12, 31), "VALID"),
    ("SHFW-2025-UND84U6J-E", "何平", date(2025, 9, 1), date(2028, 8, 31), "REVOKED"),
    ("SHFW-2026-YBHME524-D", "吴桐", date(2026, 2, 1), date(2030, 12, 31), "VALID"),
)


def make_register(*, now: datetime) -> dict[str, Certificate]:
    """Make the certificates of REGISTER, keyed by number. The verb draws numbers and days; these must stand still."""
    course = make_course(modules=0)
    holders: dict[tuple[str, str], User] = {}
    made: dict[str, Certificate] = {}
    for number, name, first, last, status in REGISTER:
        key = (name, "" if name == "周明远" else number)  # the two 王伟 are two people
        holder = holders[key] = holders.get(key) or UserFactory()
        made[number] = Certificate.objects.create(
            attempt=make_attempt(candidate=holder, exam=make_exam(course=course), now=now),
            holder=holder,
            number=number,
            status_bit=status_bits.draw(),
            status=status,
            holder_name=name,
            holder_id_masked=f"110***********{holder.pk:04d}",
            study_hours=20,
            points_centi=85_00,
            total_centi=100_00,
            issued_date=first,
            valid_until=last,
            issued_at=now,
        )
        lifecycle.leave_row(
            certificate=made[number],
            before="",
            why=StatusChange.ReasonClass.PASSED,
            reason="签发",
            person=None,
            now=now,
        )
    return made


def csv_bytes(rows: list[list[object]], *, header: list[str] | None = HEADER, encoding: str = "utf-8") -> bytes:
    written = StringIO()
    csv.writer(written).writerows([*([header] if header else []), *rows])
    return written.getvalue().encode(encoding)


def xlsx_bytes(rows: list[list[object]], *, header: list[str] | None = HEADER, top: int = 0, left: int = 0) -> bytes:
    """Write rows as a sheet whose header stands at (top, left); dates become real dates."""
    output = BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("花名册")
        for number, row in enumerate([*([header] if header else []), *rows], start=top):
            for column, value in enumerate(row, start=left):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, dated)
                else:
                    sheet.write(number, column, value)
    return output.getvalue()


def manager(name: str, **fields: object) -> list[object]:
    """Make one roster row in the order of HEADER; keys are English, anything may be overridden."""
    values = {"number": "", "department": "售后部", "site": "", "level": "基层", "post": "主管", "is_manager": "是"}
    values |= {"joined": "2020-03-01", "left": "", "certificate": ""} | fields
    return [name, *values.values()]


def roster_of(*rows: list[object]) -> rosters.Roster:
    return rosters.read(csv_bytes(list(rows)))


def make_check(
    *, owner: User, now: datetime, company_name: str = "某某服务有限公司", managers: int = 2
) -> StaffingCheck:
    """Check a roster of so many managers without a certificate, through the verb."""
    roster = roster_of(*(manager(f"经理{n}", number=f"E{n}") for n in range(managers)))
    return checks.run_check(owner=owner, company_name=company_name, roster=roster, as_of=date(2026, 11, 22), now=now)
