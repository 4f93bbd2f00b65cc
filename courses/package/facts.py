"""Which fields of the pages a package holds, and what each must be. Source: docs/rules/package.md, rule K3."""

from courses.markup import fields
from courses.syllabus import MODULES


def may_be_empty(limit: int) -> fields.Check:
    def check(value: object) -> str:
        if not isinstance(value, str):
            return "要写文字"
        return f"最多 {limit} 字，现在 {len(value)} 字" if len(value) > limit else ""

    return check


def _seconds(value: object) -> str:
    return "" if value is None else fields.whole(0)(value)


def _listed(value: object) -> str:
    return "" if isinstance(value, list) else "要写成列表"


def _days(value: object) -> str:
    return fields.whole(0)(value) or ("" if int(str(value)) <= 365 else "最多 365")


LINES = fields.texts(0, 100)
LONG = 100_000
COURSE = {
    "title": fields.text(255),
    "slug": fields.slug,
    "summary": fields.text(200),
    "price_fen": fields.whole(100),
    "order": fields.text(10),
    "no_skipping": fields.flag,
    "audience": may_be_empty(LONG),
    "outcome": may_be_empty(LONG),
    "faq": _listed,
}
MODULE = {
    "title": fields.text(255),
    "slug": fields.slug,
    "code": fields.one_of(*MODULES),
    "summary": fields.text(200),
    "opens_after_days": _days,
    "goals": LINES,
}
LESSON = {
    "title": fields.text(255),
    "slug": fields.slug,
    "summary": fields.text(200),
    "preview": fields.flag,
    "verified": fields.flag,
    "min_seconds": _seconds,
    "goals": LINES,
    "sources": LINES,
}
