"""Roles are groups, and the database agrees with the module."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from wagtail.models import Page, Workflow, WorkflowPage

from lms.users import roles
from tests.factories.courses import make_course
from tests.factories.users import UserFactory, make_staff


def run(**options: object) -> str:
    out = StringIO()
    call_command("sync_roles", stdout=out, **options)
    return out.getvalue()


def test_sync_roles_makes_every_role_once(db):
    first, second = run(), run()

    assert "新建角色 教务编辑\n" in first
    assert second == "角色与权限没有变化。\n"
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(role.name for role in roles.ROLES)


def test_sync_roles_undoes_changes_made_by_hand(synced_roles):
    group = Group.objects.get(name="财务")
    group.permissions.set([Permission.objects.get(codename="delete_order")])

    out = run()

    assert "财务 去掉权限 payments.delete_order\n" in out
    assert "财务 增加权限 payments.view_order\n" in out
    assert sorted(roles._name(p) for p in group.permissions.select_related("content_type")) == sorted(
        roles.FINANCE.permissions
    )


def test_sync_roles_names_unknown_permissions_and_syncs_the_rest(db, monkeypatch):
    wrong = roles.Role("财务", ("payments.view_order", "payments.view_nothing", "nowhere.view_order"))
    monkeypatch.setattr(roles, "ROLES", (wrong,))

    with pytest.raises(CommandError) as refusal:
        run()

    assert str(refusal.value) == (
        "以下权限不存在，已跳过，请更正 lms/users/roles.py：财务: payments.view_nothing；财务: nowhere.view_order"
    )
    assert [p.codename for p in Group.objects.get(name="财务").permissions.all()] == ["view_order"]


def test_sync_keeps_wagtail_groups_that_have_members(alice):
    alice.groups.add(Group.objects.get(name="Editors"))

    roles.sync()

    assert list(Group.objects.filter(name__in=roles.WAGTAIL_GROUPS).values_list("name", flat=True)) == ["Editors"]


def test_editor_writes_and_reviewer_publishes(synced_roles):
    page = Page.objects.get(pk=make_course().pk).specific
    rights = {}
    for role in (roles.EDITOR, roles.REVIEWER, roles.EXAMINER):
        may = page.permissions_for_user(make_staff(role))
        rights[role.name] = (may.can_edit(), may.can_publish())

    assert rights == {"教务编辑": (True, False), "教务审核": (True, True), "考务": (False, False)}


def test_page_goes_from_editor_to_reviewer(synced_roles):
    page = make_course()
    editor, reviewer = make_staff(roles.EDITOR), make_staff(roles.REVIEWER)
    page.title = "改过的标题"
    page.save_revision(user=editor)

    state = page.get_workflow().start(page, editor)

    task = state.current_task_state.task.specific
    assert state.workflow.name == "编辑 → 审核"
    assert task.user_can_access_editor(page, reviewer)
    assert [name for name, _, _ in task.get_actions(page, reviewer)] == ["reject", "approve", "approve"]
    assert task.get_actions(page, editor) == []
    state.current_task_state.approve(user=reviewer)
    page.refresh_from_db()
    assert page.title == "改过的标题"


def test_workflow_is_bound_to_the_root_and_wagtails_own_is_off(synced_roles):
    assert WorkflowPage.objects.get().page == Page.get_first_root_node()
    assert list(Workflow.objects.filter(active=True).values_list("name", flat=True)) == ["编辑 → 审核"]


@pytest.mark.parametrize("role", roles.ROLES, ids=lambda role: role.name)
def test_join_makes_staff_of_staff_roles_only(alice, role):
    roles.join(user=alice, role=role)
    roles.join(user=alice, role=role)

    assert [group.name for group in alice.groups.all()] == [role.name]
    assert alice.is_staff == (role.name not in {"学员", "企业管理员"})


def test_refresh_staff_follows_the_roles(db):
    user, superuser = make_staff(roles.FINANCE), UserFactory(is_superuser=True, is_staff=True)
    user.groups.clear()

    for person in (user, superuser):
        roles.refresh_staff(user=person)
        person.refresh_from_db()

    assert (user.is_staff, superuser.is_staff) == (False, True)
