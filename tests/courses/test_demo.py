from courses import demo, learning
from courses.models import CoursePage, Enrolment, LessonProgress
from lms.users.demo import READY
from tests.factories.courses import home
from tests.factories.users import UserFactory


def test_load_twice_makes_one_learner_who_has_finished(db, now):
    home()
    learner = UserFactory(email=READY)

    demo.load(now=now)
    demo.load(now=now)

    course = CoursePage.objects.get(slug=demo.COURSE_SLUG)
    assert learning.course_progress(learner=learner, course=course).is_finished
    assert Enrolment.objects.get().source == Enrolment.Source.GRANT
    assert not LessonProgress.objects.filter(completed_at__gt=now).exists()
