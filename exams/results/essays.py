"""What people gave for the 简答 of a closed paper, as its candidate and the back office read it."""

from collections.abc import Iterable
from typing import NamedTuple

from exams import grading
from exams.models import Appeal, Attempt, ItemVersion, ScriptMark
from exams.models.marking_scripts import RECONCILER, REMARK


class Line(NamedTuple):
    """One line of a rubric. Units: `points` and what the markers gave (`given`, in words) in shares of the question."""

    text: str
    points: int
    given: str


def marks_of(attempt: Attempt) -> dict[int, list[ScriptMark]]:
    """Read what people gave, by position; without 简答 nothing is read."""
    if not any(question.kind == grading.SHORT for question in attempt.questions):
        return {}
    found: dict[int, list[ScriptMark]] = {}
    marks = ScriptMark.objects.filter(script__attempt=attempt)
    if attempt.appeals.filter(status=Appeal.Status.FILED).exists():  # not before the answer: rule R9
        marks = marks.exclude(number=REMARK)
    for mark in marks.select_related("script").order_by("number"):
        found.setdefault(mark.script.position, []).append(mark)
    return found


def comments_of(mark: ScriptMark) -> list[str]:
    """Write what a marker said about places of the answer and about the whole."""
    places = [f"批注“{mark.script.text[note['start'] : note['end']]}”：{note['text']}" for note in mark.notes]
    return places + ([f"评语：{mark.comment}"] if mark.comment else [])


def rubric_of(version: ItemVersion, marks: Iterable[ScriptMark]) -> tuple[Line, ...]:
    """Write the rubric with what was given for each line: by whom decided, else by everybody who marked."""
    marks = list(marks)
    deciding = [mark for mark in marks if mark.number >= RECONCILER][-1:] or marks
    return tuple(
        Line(row["text"], row["points"], "、".join(f"{mark.given[place] / 100:g}" for mark in deciding))
        for place, row in enumerate(version.rubric)
    )
