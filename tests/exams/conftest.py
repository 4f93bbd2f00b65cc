import pytest

from exams.models import Attempt, Exam
from tests.factories.exams import enter, make_eligible, make_exam


@pytest.fixture
def exam(db) -> Exam:
    return make_exam()


@pytest.fixture
def sitting(exam, alice, now) -> Attempt:
    """Alice's open attempt: two single, one multi, one true/false; it started at `now`, and its page is open."""
    make_eligible(alice, exam)
    return enter(exam=exam, candidate=alice, now=now)
