"""Going on to the next edition: rules Z6 and Z7 of docs/rules/editions.md."""

import pytest
from django.urls import reverse

from courses.models import CoursePage
from exams import moving
from tests.factories.courses import EnrolmentFactory, make_course
from tests.factories.exams import AttemptFactory, make_exam

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(exam):
    new = make_course(slug="second", title="售后", edition_note="重写了第二模块")
    CoursePage.objects.filter(pk=new.pk).update(series=exam.course.series, edition=2)
    return CoursePage.objects.get(pk=new.pk)


@pytest.fixture
def exam():
    return make_exam()


@pytest.fixture
def enrolment(exam, alice):
    return EnrolmentFactory(learner=alice, course=exam.course)


def test_edition_move_shows_the_change_and_moves(client, enrolment, second, alice):
    client.force_login(alice)
    address = reverse("exams:edition_move", args=[enrolment.pk])
    assert address in client.get(reverse("learn")).text

    assert "重写了第二模块" in client.get(address).text
    response = client.post(address, follow=True)

    enrolment.refresh_from_db()
    assert enrolment.course == second
    assert "已转到第 2 版" in response.text
    assert "你学的已经是最新版次" in client.get(address, follow=True).text


def test_edition_move_of_somebody_else_is_404(client, enrolment, second, charlie):
    client.force_login(charlie)

    assert client.post(reverse("exams:edition_move", args=[enrolment.pk])).status_code == 404


def test_who_began_an_exam_stays(client, exam, enrolment, second, alice, now):
    AttemptFactory(exam=exam, candidate=alice)

    with pytest.raises(moving.ExamBegun):
        moving.move(enrolment=enrolment, now=now)
    client.force_login(alice)
    address = reverse("exams:edition_move", args=[enrolment.pk])
    assert "留在这一版" in client.get(address).text
    client.post(address)

    enrolment.refresh_from_db()
    assert enrolment.course == exam.course


def test_a_mock_exam_does_not_hold_anybody(exam, enrolment, second, alice, now):
    AttemptFactory(exam=exam, candidate=alice, is_mock=True)

    assert moving.move(enrolment=enrolment, now=now).to_course == second
