"""A 学时证明 as PDF, unsigned: the same bytes for the same frozen row."""

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
from certificates.models import StudyProof
from courses.progress import STUDY_HOUR_SECONDS

TEMPLATE = Path(__file__).parent / "assets" / "study_proof.typ"
TITLE = "学时证明"
MINUTE = 60
NOTICE = "学时证明只说明学习时间，不是培训考核合格证书。"

log = structlog.get_logger(__name__)
local = threading.local()


def print_pdf(proof: StudyProof) -> bytes:
    """Print a proof, which need not be saved. Raises: CharacterMissing. Source: docs/rules/study-time.md, rule T28."""
    facts = json.dumps(facts_of(proof), ensure_ascii=False, sort_keys=True)
    try:
        pdf = _compiler().compile(
            sys_inputs={"facts": facts}, timestamp=int(proof.made_at.timestamp()), pdf_standards=["a-3a", "ua-1"]
        )
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        log.exception("a study proof needs a character that the fonts lack", reference=proof.reference)
        raise rendering.CharacterMissing(
            "证明上有一个字我们的字库里还没有，暂时不能生成 PDF。请联系我们补字。"
        ) from error
    return cast(bytes, pdf)


def facts_of(proof: StudyProof) -> dict[str, object]:
    """Write down everything that is printed. Source: docs/rules/study-time.md, rules T28 and T29."""
    address = settings.SITE_URL + reverse("certificates:study_proof_verify")
    return {
        "title": TITLE,
        "reference": proof.reference,
        "issuer": settings.ISSUER_NAME,
        "notice": NOTICE,
        "head": [
            ["姓名", proof.holder_name],
            ["证件号", proof.holder_id_masked],
            ["课程", proof.course_title],
            ["期间", f"{proof.from_date:%Y-%m-%d} 至 {proof.to_date:%Y-%m-%d}"],
            ["编号", proof.reference],
            ["开具时间", f"{timezone.localtime(proof.made_at):%Y-%m-%d %H:%M}"],
        ],
        "figures": [
            ["计入的学习时间", time_text(proof.seconds)],
            ["折合学时（45 分钟一学时）", hours_text(proof.seconds)],
            ["学习天数", f"{proof.days} 天"],
        ],
        "lessons": [
            [str(one["title"]), time_text(one["seconds"]), one["completed"] or "未学完"] for one in proof.lessons
        ],
        "notes": [
            NOTICE,
            f"时间由服务器的钟按规则 {proof.rule_version} 记录：页面可见、有操作、报到不断的时间才计入，"
            "同一刻只算一课，每天有上限。",
            "折合学时到小数一位，多余的舍去。规则不是国家标准，由本平台公布。",
        ],
        "verify_text": f"{address}?number={proof.reference}",
        "verify_url": f"{address}?number={proof.reference}",
        "qr": rendering.qr_code(f"{address}?number={proof.reference}"),
    }


def time_text(seconds: int) -> str:
    """Write seconds in hours and minutes, the rest left away: 3725 → "1 小时 2 分钟"; below a minute "5 秒"."""
    if seconds < MINUTE:
        return f"{seconds} 秒"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} 小时 {minutes} 分钟" if hours else f"{minutes} 分钟"


def hours_text(seconds: int) -> str:
    """Write seconds as 学时 with one decimal, never rounded up. Source: docs/rules/study-time.md, rule T29."""
    tenths = seconds * 10 // STUDY_HOUR_SECONDS
    return f"{tenths // 10}.{tenths % 10} 学时"


def _compiler() -> typst.Compiler:
    """Return this thread's compiler: one cannot be shared."""
    if not hasattr(local, "compiler"):
        local.compiler = typst.Compiler(TEMPLATE, font_paths=rendering.fonts(), ignore_system_fonts=True)
    return local.compiler
