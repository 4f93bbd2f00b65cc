"""编辑 → 审核: what an editor writes goes live only when a reviewer says so."""

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import WorkflowState

from courses.models import LessonPage
from lms.users import roles
from tests.factories.courses import lessons_of, make_course
from tests.factories.users import make_staff


@pytest.fixture
def lesson(db) -> LessonPage:
    course = make_course()
    roles.sync()
    return lessons_of(course)[0]


def signed_in(role: roles.Role) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


def submit(lesson: LessonPage, title: str) -> WorkflowState:
    """Save a changed draft as an editor does, and hand it to the review."""
    editor = make_staff(roles.EDITOR)
    assert not lesson.permissions_for_user(editor).can_publish()
    lesson.title = title
    lesson.save_revision(user=editor)
    return lesson.get_workflow().start(lesson, editor)


def decide(client: Client, lesson: LessonPage, state: WorkflowState, action: str):
    task = state.current_task_state
    return client.post(
        reverse("wagtailadmin_pages:workflow_action", args=[lesson.pk, action, task.pk]), {"comment": "看过"}
    )


def test_reviewer_approves_and_the_page_changes(lesson):
    state = submit(lesson, "改过的标题")
    assert LessonPage.objects.get(pk=lesson.pk).title != "改过的标题"

    response = decide(signed_in(roles.REVIEWER), lesson, state, "approve")

    assert response.status_code == 302
    assert LessonPage.objects.get(pk=lesson.pk).title == "改过的标题"


def test_reviewer_sends_back_and_nothing_changes(lesson):
    state = submit(lesson, "改过的标题")

    decide(signed_in(roles.REVIEWER), lesson, state, "reject")

    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_NEEDS_CHANGES
    assert LessonPage.objects.get(pk=lesson.pk).title != "改过的标题"


@pytest.mark.parametrize("role", [roles.EDITOR, roles.EXAMINER, roles.FINANCE, roles.SUPPORT, roles.LEARNER])
def test_nobody_else_approves(lesson, role):
    state = submit(lesson, "改过的标题")

    decide(signed_in(role), lesson, state, "approve")

    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_IN_PROGRESS
    assert LessonPage.objects.get(pk=lesson.pk).title != "改过的标题"
