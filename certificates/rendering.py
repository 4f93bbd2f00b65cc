"""
A certificate as PDF: facts in, the same bytes out. docs/decisions/0005-certificate-rendering.md says how and why.

PDF/A-3a and PDF/UA-1; a character that our fonts lack is refused, never printed as an empty box.
"""

import io
import json
import re
import threading
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import pylopdf_fonts_zh_cn
import segno
import structlog
import typst
from django.conf import settings
from django.urls import reverse

from certificates import wording
from certificates.models import Certificate, CertificateTemplate
from lms.errors import DomainError
from lms.templatetags import points

TEMPLATE = Path(__file__).parent / "assets" / "certificate.typ"
PREVIEW_PPI = 110  # the page is 1,286 pixels wide
HOLE = re.compile(r"\{(\w+)\}")
BUILT_IN: dict[str, object] = {"blocks": [], "pictures": [], "photo": False, "places": None}

log = structlog.get_logger(__name__)
local = threading.local()


class NotInForce(DomainError):
    message = "证书现在不是有效状态，不提供下载。"


class CharacterMissing(DomainError):
    message = "证书上有一个字我们的字库里还没有，暂时不能生成 PDF。证书本身有效，可以在线核验；请联系我们补字。"


def refuse_out_of_force(*, certificate: Certificate, today: date) -> None:
    """Only a certificate in force is handed out. Raises: NotInForce. Source: docs/rules/certificates.md, rule N7."""
    state = certificate.state_on(today)
    if state != Certificate.State.VALID:
        raise NotInForce(f"证书现在是“{state.label}”，不提供下载。核验页会如实显示它的状态。")


def print_pdf(certificate: Certificate) -> bytes:
    """
    Print a certificate, unsigned: A4 landscape, fonts embedded, the same bytes for the same facts.

    Raises: CharacterMissing. Source: docs/rules/certificates.md, rules N5 and N11.
    """
    inputs, stamp = {"facts": _as_json(certificate)}, int(certificate.issued_at.timestamp())
    return _compile(certificate, sys_inputs=inputs, timestamp=stamp, pdf_standards=["a-3a", "ua-1"])


def print_preview(certificate: Certificate) -> bytes:
    """Draw a certificate, which need not be saved, as PNG, as it would be printed. Raises: CharacterMissing."""
    return _compile(certificate, sys_inputs={"facts": _as_json(certificate)}, format="png", ppi=PREVIEW_PPI)


def _compile(certificate: Certificate, **options: Any) -> bytes:
    try:
        return cast(bytes, compiler().compile(**options))
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        log.exception("a certificate needs a character that the fonts lack", number=certificate.number)
        raise CharacterMissing from error


def facts_of(certificate: Certificate) -> dict[str, str]:
    """
    Write every fact of a certificate the way it is printed.

    Source: docs/rules/certificates.md, rule N5.
    """
    hours = f"{certificate.study_hours} 学时"
    template = certificate.template
    score = f"{points(certificate.points_centi)} 分（满分 {points(certificate.total_centi)} 分），合格"
    facts = {
        "title": certificate.title,
        "number": certificate.number,
        "serial": certificate.serial,
        "name": certificate.holder_name,
        "id_number": certificate.holder_id_masked,
        "statement": f"依据 {certificate.standard}完成 {hours}的课程培训，\n经考试考核合格，特发此证。",
        "course": certificate.course_title,
        "course_revision": certificate.course_revision,
        "study_hours": hours,
        "exam": certificate.exam_title,
        "score": score,
        "standard": certificate.standard,
        "issuer": certificate.issuer,
        "issued_date": certificate.issued_date.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
        "disclaimer": wording.DISCLAIMER,
        "verify_page": settings.SITE_URL + reverse("certificates:verify"),
        "verify_url": settings.SITE_URL + reverse("certificates:verify", args=[certificate.number]),
    }
    if template:
        facts["statement"] = fill(template.statement, facts)
    return facts


def fill(text: str, facts: dict[str, str]) -> str:
    """Put facts into a template's text: "{name}" → the name. Source: docs/rules/certificates.md, rule N36."""
    return HOLE.sub(lambda match: facts[match[1]], text)


def layout_of(template: CertificateTemplate, facts: dict[str, str]) -> dict[str, object]:
    """Write down what a template adds to the page: texts filled in, pictures as lists of bytes, for Typst."""
    return {
        "blocks": [block | {"text": fill(block["text"], facts)} for block in template.blocks],
        "pictures": [
            place | {"png": list(bytes(png)), "caption": fill(place["caption"], facts), "alt": alt}
            for place, png, alt in (
                (template.seal, template.seal_png, "发证机构印章"),
                (template.signature, template.signature_png, "签名"),
            )
            if place
        ],
        "photo": template.has_photo_frame,
        "places": template.places or None,
    }


def compiler() -> typst.Compiler:
    """Return this thread's compiler: one cannot be shared, and making one costs as much as a certificate."""
    if not hasattr(local, "compiler"):
        local.compiler = typst.Compiler(TEMPLATE, font_paths=fonts(), ignore_system_fonts=True)
    return local.compiler


@cache
def fonts() -> typst.Fonts:
    """Return Noto Sans SC and Noto Serif SC, read once and shared by all threads; no font of the machine is used."""
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _as_json(certificate: Certificate) -> str:
    facts, template = facts_of(certificate), certificate.template
    layout = layout_of(template, facts) if template else BUILT_IN
    said = facts | {"qr": qr_code(facts["verify_url"]), "layout": layout}
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def qr_code(url: str) -> str:
    """Draw a QR code as SVG, with the quiet zone of four modules that the standard asks for."""
    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=4, dark="#1d2733")
    return drawn.getvalue().decode()
