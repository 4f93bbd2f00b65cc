"""Conditions and papers of an application, as certification bodies ask for them. docs/rules/readiness.md, rule A16."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from certificates.staffing.models import ChecklistMark, Company
from lms.users.models import User

CONDITIONS = {
    "legal": "在中国境内合法注册的法人，或法人的一部分",
    "licences": "需要许可的业务已取得许可",
    "no-incident": "近一年没有重大服务事故或投诉",
    "rules": "有成文的服务规范，并指定了负责人",
    "funds": "有专项资金",
    "managers": "配置了经过培训的售后服务管理师",
    "running": "服务体系已运行一段时间（各机构要求 3 至 6 个月不等）",
}
PAPERS = {
    "application": "申请书和调查表",
    "licence-copy": "营业执照和有关许可的复印件",
    "products": "认证范围内的商品或服务目录，检测报告",
    "laws": "适用的法律法规和标准清单",
    "profile": "企业简介和组织机构图（标明售后服务部门）",
    "outlets": "服务网点清单",
    "sales": "销售方式的说明",
    "system": "售后服务体系的说明，包括哪些条款不适用及理由",
    "facilities": "设施和资金的说明",
    "certificates": "已有认证证书",
    "handbook": "售后服务手册等体系文件",
    "staff": "花名册、劳动合同和社保证明，售后服务管理师证书",
    "contracts": "销售合同、三包规定、场所租赁合同",
    "survey": "顾客满意度调查",
}
ALL = CONDITIONS | PAPERS


@transaction.atomic
def mark(*, company: Company, marks: Mapping[str, tuple[bool, str]], by: User, now: datetime) -> int:
    """Write down what is ready, with notes; return how many marks changed. Source: the same file, rule A16."""
    Company.objects.select_for_update().get(pk=company.pk)
    known = {row.code: row for row in company.checklist_marks.all()}
    changed = 0
    for code, (is_ready, note) in marks.items():
        row = known.get(code) or ChecklistMark(company=company, code=code, is_ready=False)
        if code in ALL and (row.is_ready, row.note) != (is_ready, note):
            row.is_ready, row.note, row.marked_by, row.marked_at = is_ready, note, by, now
            row.save()
            changed += 1
    return changed
