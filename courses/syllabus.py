"""The five modules of the 售后服务管理师 syllabus, by their codes. Source: docs/rules/syllabus.md, rule Y1."""

MODULES = {
    "M1": "标准部分",
    "M2": "接触理论",
    "M3": "排队理论–服务管理技术",
    "M4": "服务质量–服务补救",
    "M5": "认证与评价体系",
}
MODULE_CHOICES = list(MODULES.items())
