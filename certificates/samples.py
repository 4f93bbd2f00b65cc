"""Certificates of nobody, for previews: short, long and rare names. docs/rules/certificates.md, rule N36."""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from certificates import issuing, renewing
from certificates.models import Certificate, CertificateTemplate

NAMES = {
    "usual": ("张三丰", "常见姓名"),
    "long": ("阿卜杜热合曼·麦麦提伊敏·阿布都热依木·吾守尔江", "长姓名"),
    "rare": ("㛃𬱖䶮", "生僻字"),
}


def sample(*, kind: str, template: CertificateTemplate | None, now: datetime) -> Certificate:
    """Make an unsaved certificate; a kind that is not in NAMES is the usual one."""
    today: date = timezone.localdate(now)
    is_long = kind == "long"
    return Certificate(
        number="SHFW-2026-SAMPLE22-2",
        serial=f"{today.year}-000123" if settings.CERTIFICATE_SERIALS else "",
        template=template,
        title=template.title if template else issuing.TITLE,
        holder_name=NAMES.get(kind, NAMES["usual"])[0],
        holder_id_masked="110***********0017",
        course_title="售后服务管理师岗位课程"
        + ("（家用电器与消费电子产品方向，面向总部与各级网点负责人）" if is_long else ""),
        course_revision=f"{today} r123",
        study_hours=40,
        exam_title="售后服务管理师结业考试" + ("（第二次补考，含案例分析与情景题）" if is_long else ""),
        points_centi=92_50,
        total_centi=100_00,
        standard=issuing.STANDARD,
        issuer=settings.ISSUER_NAME,
        issued_date=today,
        valid_until=renewing.last_valid_day(issued=today, years=settings.CERTIFICATE_VALID_YEARS),
        issued_at=now,
    )
