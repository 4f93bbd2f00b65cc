"""One check for the demo company, made through the verb."""

import hashlib
from datetime import date, datetime, timedelta

from django.utils import timezone

from certificates.models import Certificate
from certificates.staffing import checks
from certificates.staffing.models import StaffingCheck
from certificates.staffing.readiness import indicators
from certificates.staffing.rosters import Entry, Roster
from lms.users.models import User

COMPANY = "演示家电服务有限公司"
OWNER = "company@example.com"
TECHNICIANS = 20
# name, department, site, post
MANAGERS = (
    ("周明远", "售后服务部", "", "售后总监"),
    ("林晓岚", "客户服务中心", "", "派单主管"),
    ("陈立", "配件中心", "", "配件组组长"),
    ("赵雪", "售后服务部", "", "质量主管"),
    ("孙浩然", "华东分公司", "城东网点", "站长"),
    ("吴桐", "华东分公司", "城西网点", "站长"),
    ("郑佳", "华东分公司", "城西网点", "副站长"),
    ("王海", "华南分公司", "滨江网点", "站长"),
    ("冯雨", "华南分公司", "滨江网点", "副站长"),
    ("何平", "华南分公司", "南湖网点", "站长"),
    ("谢婷", "华南分公司", "南湖网点", "副站长"),
)


def load(*, now: datetime) -> None:
    """Make the demo company's check, unless it has one. Runs after certificates.demo, whose certificates it counts."""
    indicators.load()
    owner = User.objects.filter(email=OWNER).first()
    if owner and not StaffingCheck.objects.of(owner).exists():
        day = timezone.localdate(now)
        checks.run_check(owner=owner, company_name=COMPANY, roster=_roster(day), as_of=day, now=now)


def _roster(day: date) -> Roster:
    entries = [
        Entry(
            row=row,
            name=name,
            is_manager=True,
            staff_number=f"E{row:04d}",
            department=department,
            site=site,
            level="基层" if site else "中层",
            post=post,
            joined_on=date(2020, 3, 1) + timedelta(days=37 * row),
        )
        for row, (name, department, site, post) in enumerate(MANAGERS, start=2)
    ]
    for certificate in Certificate.objects.valid_on(day).order_by("pk")[:1]:
        entries.append(
            Entry(
                row=len(entries) + 2,
                name=certificate.holder_name,
                is_manager=False,
                staff_number="E0900",
                department="售后服务部",
                post="服务专员",
                joined_on=date(2022, 5, 9),
                certificate_number=certificate.number,
            )
        )
    for number in range(TECHNICIANS):
        row = len(entries) + 2
        entries.append(
            Entry(
                row=row,
                name=f"演示技师{number + 1}",
                is_manager=False,
                staff_number=f"E{row:04d}",
                department="华东分公司" if number % 2 else "华南分公司",
                level="非管理",
                post="维修技师",
                joined_on=date(2023, 2, 6),
                left_on=date(2026, 3, 31) if number == 0 else None,
            )
        )
    written = "\n".join(map(repr, entries)).encode()
    return Roster(tuple(entries), hashlib.sha256(written).hexdigest())
