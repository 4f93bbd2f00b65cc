"""Every rule that code cites stands in docs/rules, under its number."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CITATION = re.compile(r"docs/rules/([a-z-]+)\.md,? rules? ([A-Z]\d+)(?:[-–]([A-Z]?\d+))?")
PACKAGES = ["lms", "courses", "exams", "payments", "certificates"]


def citations() -> list[tuple[str, str, str]]:
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for rules, first, last in CITATION.findall(re.sub(r"\s+", " ", path.read_text())):
                numbers = range(int(first[1:]), int((last or first).lstrip(first[0])) + 1)
                found |= {(str(path.relative_to(ROOT)), rules, f"{first[0]}{n}") for n in numbers}
    return sorted(found)


@pytest.mark.parametrize(("path", "rules", "number"), citations())
def test_cited_rule_exists(path, rules, number):
    text = (ROOT / "docs" / "rules" / f"{rules}.md").read_text()

    assert re.search(rf"\*\*{number}\b", text) or re.search(rf"^#+ {number}\b", text, re.M)


def test_code_cites_rules_at_all():
    assert len(citations()) >= 20


@pytest.mark.parametrize(
    "path", [p.name for p in ROOT.glob("*.md")] + [f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")]
)
def test_links_of_documents_resolve(path):
    document = ROOT / path
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists() and not link.startswith("figures/")] == []
