"""One check for the demo company, and the company with its roster, made through the verbs."""

import csv
import hashlib
from datetime import date, datetime, timedelta
from io import StringIO

from django.conf import settings
from django.utils import timezone

from certificates.models import Certificate
from certificates.signing import SigningUnavailable
from certificates.staffing import api_tokens, checks, companies, desk, imports, ratio, rosters, sites, webhooks
from certificates.staffing.evidence import links, packs
from certificates.staffing.models import (
    ApiToken,
    Company,
    EvidencePack,
    Person,
    Site,
    StaffingCheck,
    WebhookEndpoint,
)
from certificates.staffing.readiness import actions, assessments, cycles, indicators
from certificates.staffing.readiness.assessments import Judged
from certificates.staffing.readiness.scoring import Verdict
from certificates.staffing.rosters import Entry, Roster
from courses.models import Seat, SeatBatch
from lms.users.models import User

COMPANY = "演示家电服务有限公司"
OWNER = "company@example.com"
USCC = "91110105DEM000000E"
TECHNICIANS = 20
TRAINEE, TRAINEE_EMAIL = "孙浩然", "seat-5@example.com"
JUDGED = (
    Judged(Verdict.MET),
    Judged(Verdict.MET),
    Judged(Verdict.PARTLY, samples=10, failed=2),
)
WEBHOOK = "http://127.0.0.1:8999/demo-webhook"  # nobody listens there
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
    if owner and not Company.objects.filter(uscc=USCC).exists():
        _load_company(owner, _roster(timezone.localdate(now)), now)
    company = Company.objects.filter(uscc=USCC).first()
    if owner and company:
        _load_interface(company, owner, now)
        _load_evidence(company, owner, now)
        _load_readiness(company, owner, now)
        _load_training(company, owner, now)


def _load_company(owner: User, roster: Roster, now: datetime) -> None:
    """Register the demo company and send its roster as a file, as a person would."""
    company = companies.register(name=COMPANY, uscc=USCC, by=owner, now=now)
    sites.add(company=company, name=sites.HQ_NAME, kind=Site.Kind.HQ, parent=None)
    written = StringIO()
    lines = csv.writer(written)
    lines.writerow(rosters.COLUMNS)
    for one in roster.entries:
        texts = (one.name, one.staff_number, one.department, one.site, one.level, one.post)
        lines.writerow(
            [*texts, "是" if one.is_manager else "否", one.joined_on, one.left_on or "", one.certificate_number]
        )
    content = written.getvalue().encode()
    sent = imports.receive(company=company, file_name="演示花名册.csv", content=content, by=owner, now=now)
    imports.confirm(roster_import=sent, is_full=True, left_on=None, now=now)
    imports.apply_now(roster_import=sent, now=now)


def _load_training(company: Company, owner: User, now: datetime) -> None:
    """Give one of the managers a seat that the owner has bought, wanted by a day."""
    person = Person.objects.of(company).filter(name=TRAINEE, trainings=None).first()
    batch = SeatBatch.objects.of(owner).filter(seats__state=Seat.State.FREE).first()
    if person and batch:
        due_on = timezone.localdate(now) + timedelta(days=80)
        desk.assign(person=person, batch=batch, email=TRAINEE_EMAIL, due_on=due_on, by=owner, now=now)


def _load_evidence(company: Company, owner: User, now: datetime) -> None:
    """Freeze a pack and share it with an assessor."""
    if EvidencePack.objects.of(company).exists():
        return
    try:
        pack = packs.freeze(company=company, as_of=timezone.localdate(now), by=owner, now=now)
    except SigningUnavailable:
        return
    links.share(pack=pack, recipient="演示认证机构 评审组", days=30, by=owner, now=now)


def _load_readiness(company: Company, owner: User, now: datetime) -> None:
    """A cycle ten months old, an assessment half filled in, one action open and one done."""
    if cycles.current(company=company):
        return
    today = timezone.localdate(now)
    certified = ratio.add_months(today, -10)
    cycles.record(
        company=company,
        body="演示认证机构",
        initial_audit_date=certified - timedelta(days=30),
        certified_date=certified,
        first_audit_date=None,
        second_audit_date=None,
        now=now,
    )
    begun = assessments.start(company=company, by=owner, now=now)
    leaves = [leaf for _, leaves in indicators.table().values() for leaf in leaves if leaf.code != indicators.STAFFING]
    assessments.record(
        assessment=begun,
        as_of=today,
        findings={leaf.code: JUDGED[n % len(JUDGED)] for n, leaf in enumerate(leaves[:9])},
        sections={},
        specials=[],
        bonus_reason="",
    )
    weeks = [today + timedelta(weeks=n) for n in (2, 6)]
    texts = ("南湖网点没有公示服务承诺和收费标准", "两名网点站长还没有取得售后服务管理师证书")
    done, _ = (
        actions.propose(company=company, problem=text, code="", owner=owner, due=due, by=owner, now=now)
        for text, due in zip(texts, weeks, strict=True)
    )
    actions.finish(action=done, outcome="已在网点门口和公众号公示，附照片存档。", by=owner, now=now)


def _load_interface(company: Company, owner: User, now: datetime) -> None:
    """Show what a token and an address for webhooks look like; nobody has the secrets, and nothing is sent."""
    if not ApiToken.objects.of(company).exists():
        scopes = [ApiToken.Scope.ROSTER_READ, ApiToken.Scope.CHECK_READ]
        api_tokens.make(company=company, name="演示：人事系统", scopes=scopes, valid_days=365, by=owner, now=now)
    if settings.WEBHOOKS_ALLOW_LOCAL and not WebhookEndpoint.objects.of(company).exists():
        chosen = [kind.value for kind in webhooks.CHOSEN]
        endpoint, _ = webhooks.make(company=company, url=WEBHOOK, events=chosen, by=owner, now=now)
        webhooks.disable(endpoint=endpoint, why=WebhookEndpoint.DisabledWhy.OWNER, now=now)


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
