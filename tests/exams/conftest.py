import pytest

from exams import attempts
from exams.models import Attempt, Exam
from tests.factories.exams import make_eligible, make_exam


@pytest.fixture
def exam(db) -> Exam:
    return make_exam()


@pytest.fixture
def sitting(exam, alice, now) -> Attempt:
    """Alice's open attempt: two single, one multi, one true/false; it started at `now`."""
    make_eligible(alice, exam)
    return attempts.start(exam=exam, candidate=alice, now=now)
