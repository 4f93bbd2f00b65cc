"""An evidence pack as PDF, unsigned: the same bytes for the same frozen row."""

import json
import threading
from pathlib import Path
from typing import cast

import structlog
import typst
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from certificates import rendering
from certificates.staffing.models import EvidencePack
from lms.errors import DomainError
from lms.templatetags import points

TEMPLATE = Path(__file__).parent / "evidence.typ"
TITLE = "售后服务管理师配置清单"
NOTICE = "企业自查的清单，不代替认证机构的评审结论。"
NO_SITE = "未写网点"

log = structlog.get_logger(__name__)
local = threading.local()


class CharacterMissing(DomainError):
    message = "清单里有一个字我们的字库里还没有，暂时不能生成 PDF。请联系我们补字。"


def print_pdf(pack: EvidencePack) -> bytes:
    """Print a pack, which need not be saved. Raises: CharacterMissing. Source: docs/rules/evidence.md, rule E4."""
    facts = json.dumps(facts_of(pack), ensure_ascii=False, sort_keys=True)
    try:
        pdf = _compiler().compile(
            sys_inputs={"facts": facts}, timestamp=int(pack.made_at.timestamp()), pdf_standards=["a-3a", "ua-1"]
        )
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        log.exception("an evidence pack needs a character that the fonts lack", reference=pack.reference)
        raise CharacterMissing from error
    return cast(bytes, pdf)


def facts_of(pack: EvidencePack) -> dict[str, object]:
    """Write down everything that is printed. Source: docs/rules/evidence.md, rules E1, E3 and E5."""
    made = timezone.localtime(pack.made_at)
    return {
        "title": TITLE,
        "reference": pack.reference,
        "issuer": settings.ISSUER_NAME,
        "notice": NOTICE,
        "head": [
            ["企业名称", pack.company_name],
            ["基准日", pack.as_of_date.isoformat()],
            ["统一社会信用代码", pack.uscc],
            ["生成时间", f"{made:%Y-%m-%d %H:%M}"],
            ["清单编号", pack.reference],
            ["规则版本", pack.rule_version],
        ],
        "figures": [
            ["服务管理人员", f"{pack.managers} 名"],
            ["应配", f"{pack.required} 名"],
            ["已配", f"{pack.held} 名"],
            ["缺口", f"{pack.gap} 名"],
            ["5.1.2.2 按比例得分", f"{points(pack.points_centi)} / 5 分"],
        ],
        "sentences": sentences(pack),
        "rows": [row | {"verify_url": verify_url(str(row["number"]))} for row in pack.rows],
        "sites": [site | {"name": site["name"] or NO_SITE} for site in pack.sites],
        "notes": [
            NOTICE,
            "应配 = 服务管理人员 × 10%，有零头进一，至少 1 名；已配 = 基准日在职、证书有效的不同的人。",
            f"核验：打开 {settings.SITE_URL}{reverse('certificates:verify')}，输入证书编号和姓名，看到的是此刻的状态。",
            f"花名册指纹（SHA-256）{pack.roster_sha256}，花名册 {pack.people} 人。",
        ],
    }


def sentences(pack: EvidencePack) -> list[str]:
    """Say what the figures mean. Source: docs/rules/evidence.md, rule E1."""
    said = []
    if pack.as_of_date > timezone.localdate(pack.made_at):
        said.append("基准日在生成日之后，按生成时的资料推算。")
    if pack.gap:
        said.append(f"基准日缺 {pack.gap} 名；评价方法也允许不足即全扣，最坏情况得 0 分。")
    elif pack.first_breach_date:
        said.append(f"按生成时的资料，{pack.first_breach_date} 起会不足。")
    else:
        said.append("按生成时的资料，基准日起 36 个月内不会不足。")
    return said


def verify_url(number: str) -> str:
    return settings.SITE_URL + reverse("certificates:verify", args=[number])


def _compiler() -> typst.Compiler:
    """Return this thread's compiler: one cannot be shared."""
    if not hasattr(local, "compiler"):
        local.compiler = typst.Compiler(TEMPLATE, font_paths=rendering.fonts(), ignore_system_fonts=True)
    return local.compiler
