"""Passed attempts that wait for a certificate, and certificates issued by the verb."""

from datetime import date, datetime, timedelta
from itertools import count

from stdnum.cn import ric

from certificates import issuing
from certificates.models import Certificate
from exams.models import Attempt, Exam
from lms.users import identity
from lms.users.models import Identity, User
from tests.factories.courses import make_course
from tests.factories.users import UserFactory

serial = count(1)


def id_number(n: int) -> str:
    """Make the n-th 证件号 of Beijing's Chaoyang, with its right check character."""
    body = f"110105{date(1980, 1, 1) + timedelta(days=n // 900):%Y%m%d}{n % 900 + 100:03d}"
    return body + ric.calc_check_digit(f"{body}0")  # stdnum leaves out the last place itself


def make_identity(*, user: User, now: datetime, real_name: str = "张三丰") -> Identity:
    return identity.record(
        user=user, real_name=real_name, id_number=id_number(next(serial)), consent_version="2026-11", ip=None, now=now
    )


def make_exam(**fields: object) -> Exam:
    """Make an open exam of a new course, unless told which course."""
    course = fields.pop("course", None) or make_course(title="售后服务管理师岗位课程")
    return Exam.objects.create(**{"course": course, "title": "售后服务管理师结业考试", "is_open": True} | fields)


def make_attempt(*, candidate: User, now: datetime, exam: Exam | None = None, points_centi: int = 85_00) -> Attempt:
    """Make a marked attempt out of 100, handed in a moment ago; 70 points pass."""
    exam = exam or make_exam()
    return Attempt.objects.create(
        exam=exam,
        candidate=candidate,
        number=Attempt.objects.filter(exam=exam, candidate=candidate).count() + 1,
        status=Attempt.Status.MARKED,
        paper=[],
        total_centi=100_00,
        pass_centi=70_00,
        started_at=now - timedelta(hours=1),
        deadline_at=now + timedelta(minutes=30),
        closed_at=now,
        closed_by=Attempt.ClosedBy.CANDIDATE,
        receipt_number=f"R{next(serial)}",
        points_centi=points_centi,
        has_passed=points_centi >= 70_00,
        rule_version="1",
    )


def make_certificate(
    *, now: datetime, holder: User | None = None, real_name: str = "张三丰", exam: Exam | None = None
) -> Certificate:
    """Issue a certificate to a holder whose real name is made if there is none."""
    holder = holder or UserFactory()
    if not Identity.objects.filter(user=holder).exists():
        make_identity(user=holder, real_name=real_name, now=now)
    return issuing.issue(attempt=make_attempt(candidate=holder, exam=exam, now=now), now=now)
