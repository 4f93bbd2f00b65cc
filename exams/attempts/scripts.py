"""简答 answers on their way to the people who mark them. Source: docs/rules/grading.md, rules G22 and G25."""

from collections.abc import Iterable, Mapping

from exams.grading import SHORT
from exams.models import Attempt, Script, ScriptMark
from exams.models.marking_scripts import REMARK
from lms.errors import DomainError

Answers = Mapping[int, tuple[int, str]]  # by position: seq and text


class ScriptsMarked(DomainError):
    message = "这次考试的简答题已经开始评阅或已公布，迟到的简答作答不能再采纳。请不勾选简答题，或走成绩复核。"


def open_scripts(locked: Attempt) -> bool:
    """
    Open a script for each 简答 answer that stands and is worth points; return whether there is any.

    The caller holds the attempt's row and has set when it was closed. Source: docs/rules/grading.md, rule G22.
    """
    answers = _answers(locked)
    _open(locked, answers, answers)
    return bool(answers)


def renew_scripts(locked: Attempt) -> None:
    """
    Take in 简答 answers that a review admitted, as long as nobody has marked the one that stood before.

    Raises: ScriptsMarked. Source: docs/rules/grading.md, rule G25.
    """
    if not _has_short(locked):
        return
    answers = _answers(locked)
    present = dict(locked.scripts.values_list("position", "seq"))
    changed = {
        position
        for position in answers.keys() | present.keys()
        if present.get(position) != answers.get(position, (None,))[0]
    }
    if not changed:
        return
    held = Script.objects.select_for_update().filter(attempt=locked, position__in=changed)
    if locked.status != Attempt.Status.AWAITING or any(script.marks.exists() for script in held):
        raise ScriptsMarked
    held.delete()
    _open(locked, answers, sorted(changed & answers.keys()))


def adopt_remarks(locked: Attempt) -> None:
    """
    Let what an appeal had people give once more count from now on; the caller holds the attempt's row.

    Source: docs/rules/exam-room.md, rule R9.
    """
    for mark in ScriptMark.objects.filter(script__attempt=locked, number=REMARK).select_related("script"):
        Script.objects.filter(pk=mark.script_id).update(points_centi=mark.points_centi)


def given_in(attempt: Attempt) -> dict[int, int]:
    """Return what people gave, by position, in hundredths; without 简答 in the paper nothing is read."""
    if not _has_short(attempt):
        return {}
    return {script.position: script.points_centi or 0 for script in attempt.scripts.only("position", "points_centi")}


def _has_short(attempt: Attempt) -> bool:
    return any(question.kind == SHORT and question.points_centi for question in attempt.questions)


def _answers(attempt: Attempt) -> dict[int, tuple[int, str]]:
    """Read the 简答 answers that stand and are worth points; without such a question nothing is read."""
    if not _has_short(attempt):
        return {}
    questions = attempt.questions
    return {
        position: (seq, text)
        for position, (seq, text) in attempt.entries.standing().items()
        if questions[position].kind == SHORT and questions[position].points_centi and text.strip()
    }


def _open(locked: Attempt, answers: Answers, positions: Iterable[int]) -> None:
    questions = locked.questions
    Script.objects.bulk_create(
        Script(
            attempt=locked,
            position=position,
            version_id=questions[position].version,
            seq=answers[position][0],
            text=answers[position][1],
            of_centi=questions[position].points_centi,
            opened_at=locked.closed_at or locked.deadline_at,
        )
        for position in positions
    )
