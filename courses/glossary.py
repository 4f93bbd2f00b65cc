"""The glossary file to rows. Editors win: an entry that somebody edited since is left alone and listed."""

from pathlib import Path

from django.db import transaction

from courses.loading import ContentRefused, LoadReport
from courses.markup.glossary import Term, parse_glossary, term_faults
from courses.markup.problems import Malformed
from courses.models import GlossaryTerm, LessonPage

FILE = "glossary.yaml"


def read_glossary(folder: Path) -> tuple[Term, ...]:
    """Read the glossary of a course folder; a folder without the file has none. Raises: ContentRefused."""
    path = folder / FILE
    try:
        return parse_glossary(path.read_text(encoding="utf-8")) if path.is_file() else ()
    except Malformed as fault:
        raise ContentRefused([f"{FILE}：{problem.text}" for problem in fault.problems]) from fault
    except UnicodeDecodeError as fault:
        raise ContentRefused([f"{FILE}：不是 UTF-8 编码，请另存为 UTF-8"]) from fault


@transaction.atomic
def load_glossary(folder: Path) -> LoadReport:
    """
    Load the glossary of a course folder after its lessons, all of it or nothing. Loading twice changes nothing.

    Raises: ContentRefused, one sentence for each fault.
    Source: docs/rules/syllabus.md, rule Y9.
    """
    terms = read_glossary(folder)
    lessons = {lesson.slug: lesson for lesson in LessonPage.objects.defer("body", "goals", "sources")}
    if faults := [f"{FILE}：{fault}" for fault in term_faults(terms, lessons)]:
        raise ContentRefused(faults)
    rows = {row.slug: row for row in GlossaryTerm.objects.select_for_update(of=("self",)).select_related("lesson")}
    taken = {row.term: row.slug for row in rows.values()}
    outcomes: dict[str, list[str]] = {"created": [], "updated": [], "unchanged": [], "kept": []}
    for term in terms:
        row = rows.get(term.slug) or GlossaryTerm(slug=term.slug)
        is_edited = row.pk is not None and row.content_hash != row.digest
        if is_edited or taken.get(term.term, term.slug) != term.slug:  # an editor's own entry of that name
            outcomes["kept"].append(term.term)
        elif row.content_hash == term.digest:
            outcomes["unchanged"].append(term.term)
        else:
            outcomes["updated" if row.pk else "created"].append(term.term)
            row.term, row.english, row.meaning = term.term, term.english, term.meaning
            row.lesson, row.content_hash = lessons[term.lesson], term.digest
            row.save()
    return LoadReport(**{outcome: tuple(names) for outcome, names in outcomes.items()})
