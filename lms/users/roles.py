"""Roles are groups. What each may do is written here, and `manage.py sync_roles` makes the database agree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from lms.users.models import User


@dataclass(frozen=True)
class Role:
    """
    A group and its permissions, each "app.codename".

    `on_pages` hold on the whole page tree, `on_files` on all images and documents; those two are Wagtail's own kind.
    """

    name: str
    permissions: tuple[str, ...] = ()
    on_pages: tuple[str, ...] = ()
    on_files: tuple[str, ...] = ()

    @property
    def is_staff(self) -> bool:
        return ENTER in self.permissions


def _may(actions: str, *models: str) -> tuple[str, ...]:
    """Spell permissions out: ("view add", "exams.item") → "exams.view_item", "exams.add_item"."""
    split = (model.split(".") for model in models)
    return tuple(f"{app}.{action}_{name}" for app, name in split for action in actions.split())


ENTER = "wagtailadmin.access_admin"
FILES = tuple(f"{model}_{name}" for name in ("image", "document") for model in ("add", "change", "choose"))

EDITOR = Role(
    "教务编辑",
    (
        ENTER,
        *_may("view", "exams.itemimport"),
        *_may("view add change delete", "exams.enemygroup"),
        *_may("view add change", "exams.item"),
        *_may("mark", "exams.script"),
        *_may("view add", "exams.keyfix", "exams.analysisrun"),
        *_may("view", "exams.exam"),
        *_may("view add change", "courses.glossaryterm"),
        *_may("view add", "courses.packagejob"),
        *_may("view answer", "courses.lessonquestion"),
        "courses.view_study_reports",
    ),
    on_pages=("add_page", "change_page"),
    on_files=FILES,
)
REVIEWER = Role(
    "教务审核",
    (
        ENTER,
        *_may("view change", "exams.item"),
        *_may("mark reconcile", "exams.script"),
        *_may("view add change", "exams.keyfix"),
        *_may("view add", "exams.analysisrun"),
        *_may("view", "exams.exam"),
        *_may("view add change", "staffing.indicator"),
        *_may("view add change delete", "courses.glossaryterm"),
        *_may("view add", "courses.packagejob"),
        *_may("view answer", "courses.lessonquestion"),
        *_may("view decide", "courses.studyappeal"),
        *_may("view", "courses.studyinterval"),
        "courses.view_study_reports",
    ),
    on_pages=("add_page", "change_page", "publish_page", "lock_page", "unlock_page"),
    on_files=FILES,
)
EXAMINER = Role(
    "考务",
    (
        ENTER,
        *_may("view", "exams.itemimport"),
        *_may("view add change delete", "exams.enemygroup"),
        *_may("view add change", "exams.item", "exams.exam", "exams.keyfix"),
        *_may("view add", "exams.analysisrun"),
        *_may("view", "exams.attempt", "courses.enrolment", "exams.registration"),
        *_may("view change", "exams.accommodation", "exams.latereview", "exams.appeal", "certificates.certificate"),
        *_may("view change", "certificates.revocationrequest", "certificates.petition"),
        *_may("view add", "certificates.issuebatch", "certificates.certificatetemplate"),
        *_may("view add change delete", "exams.examwindow"),
        *_may("invigilate", "exams.attempt"),
        *_may("mark reconcile", "exams.script"),
    ),
)
FINANCE = Role(
    "财务",
    (
        ENTER,
        *_may("view", "payments.order", "payments.payment", "payments.refund", "payments.dispute"),
        *_may("view", "payments.ledgerentry", "payments.stripeevent", "payments.attention", "courses.enrolment"),
        *_may("view add", "payments.coupon"),
        *_may("view add change delete", "payments.volumeprice"),
        *_may("view manage", "courses.seat"),
        *_may("view add change", "payments.grant"),
        *_may("view issue", "payments.invoicerequest"),
        *_may("view match", "payments.bankentry"),
        *_may("decide", "payments.refund"),
        *_may("resolve", "payments.attention"),
        *_may("stop", "payments.coupon"),
    ),
)
SUPPORT = Role(
    "客服",
    (
        ENTER,
        *_may("view change", "users.user", "users.outgoingmail"),
        *_may("view add change", "courses.enrolment"),
        *_may("view decide", "courses.studyappeal"),
        *_may("view", "courses.studyinterval"),
        *_may("view manage", "courses.seat"),
        *_may("view", "payments.order", "payments.refund", "exams.attempt"),
        *_may("view", "certificates.certificate", "staffing.staffingcheck"),
        *_may("view change", "staffing.company", "staffing.externalcertificate"),
        *_may("view change", "staffing.apitoken", "staffing.webhookendpoint"),
        *_may("view", "staffing.webhookdelivery"),
    ),
)
COMPANY = Role("企业管理员", _may("view add", "staffing.staffingcheck"))
LEARNER = Role("学员")

ROLES = (EDITOR, REVIEWER, EXAMINER, FINANCE, SUPPORT, COMPANY, LEARNER)
STAFF_NAMES = frozenset(role.name for role in ROLES if role.is_staff)
WAGTAIL_GROUPS = ("Editors", "Moderators")  # made by Wagtail's migrations; ours replace them
WORKFLOW, TASK = "编辑 → 审核", "教务审核"


@dataclass
class Report:
    """What `sync` did: one line a change; and the permissions named here that no model has."""

    changes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@transaction.atomic
def join(*, user: User, role: Role) -> None:
    """Give the person a role. A staff role lets them into the back office, which asks for a second factor."""
    group, _ = Group.objects.get_or_create(name=role.name)
    user.groups.add(group)
    refresh_staff(user=user)


def refresh_staff(*, user: User) -> None:
    """Make `is_staff` say whether one of the person's roles is a staff role; superusers are staff always."""
    is_staff = user.is_superuser or user.groups.filter(name__in=STAFF_NAMES).exists()
    if user.is_staff != is_staff:
        user.is_staff = is_staff
        user.save(update_fields=["is_staff"])


@transaction.atomic
def sync() -> Report:
    """Make groups, permissions and the review workflow what this module says; a second run changes nothing."""
    report = Report()
    report.changes += _retire_wagtail_groups()
    for role in ROLES:
        report.changes += _sync_role(role, unknown=report.unknown)
    report.changes += _sync_workflow()
    return report


def _retire_wagtail_groups() -> Iterator[str]:
    for group in Group.objects.filter(name__in=WAGTAIL_GROUPS, user=None):
        yield f"删除 Wagtail 自带的组 {group.name}"
        group.delete()


def _sync_role(role: Role, *, unknown: list[str]) -> Iterator[str]:
    group, is_new = Group.objects.get_or_create(name=role.name)
    if is_new:
        yield f"新建角色 {role.name}"
    wanted = _permissions(role.permissions)
    unknown += (f"{role.name}: {name}" for name in role.permissions if name not in wanted)
    held = {_name(permission): permission for permission in group.permissions.select_related("content_type")}
    yield from _differences(role.name, held=held, wanted=wanted)
    group.permissions.set(wanted.values())
    yield from _sync_page_permissions(role, group)
    yield from _sync_file_permissions(role, group)


def _permissions(names: Iterable[str]) -> dict[str, Permission]:
    """Find permissions by "app.codename", in one query."""
    condition = Q(pk=None)
    for name in names:
        app, _, codename = name.partition(".")
        condition |= Q(content_type__app_label=app, codename=codename)
    return {_name(found): found for found in Permission.objects.filter(condition).select_related("content_type")}


def _name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _differences(role_name: str, *, held: Iterable[str], wanted: Iterable[str]) -> Iterator[str]:
    yield from (f"{role_name} 增加权限 {name}" for name in sorted(set(wanted) - set(held)))
    yield from (f"{role_name} 去掉权限 {name}" for name in sorted(set(held) - set(wanted)))


def _sync_page_permissions(role: Role, group: Group) -> Iterator[str]:
    root = Page.get_first_root_node()
    wanted = _permissions(f"wagtailcore.{codename}" for codename in role.on_pages)
    rows = GroupPagePermission.objects.filter(group=group, page=root).select_related("permission__content_type")
    held = {_name(row.permission): row for row in rows}
    yield from _differences(f"{role.name}（页面）", held=held, wanted=wanted)
    for name in wanted.keys() - held.keys():
        GroupPagePermission.objects.create(group=group, page=root, permission=wanted[name])
    for name in held.keys() - wanted.keys():
        held[name].delete()


def _sync_file_permissions(role: Role, group: Group) -> Iterator[str]:
    root = Collection.get_first_root_node()
    wanted = _permissions(
        f"{'wagtailimages' if codename.endswith('image') else 'wagtaildocs'}.{codename}" for codename in role.on_files
    )
    rows = GroupCollectionPermission.objects.filter(group=group, collection=root).select_related(
        "permission__content_type"
    )
    held = {_name(row.permission): row for row in rows}
    yield from _differences(f"{role.name}（图片与文件）", held=held, wanted=wanted)
    for name in wanted.keys() - held.keys():
        GroupCollectionPermission.objects.create(group=group, collection=root, permission=wanted[name])
    for name in held.keys() - wanted.keys():
        held[name].delete()


def _sync_workflow() -> Iterator[str]:
    """Every page goes from an editor to a reviewer: one workflow with one approval, bound to the root of the tree."""
    task, is_new = GroupApprovalTask.objects.get_or_create(name=TASK, defaults={"active": True})
    if is_new:
        yield f"新建审核任务 {TASK}"
    task.groups.set(Group.objects.filter(name=REVIEWER.name))
    workflow, is_new = Workflow.objects.get_or_create(name=WORKFLOW, defaults={"active": True})
    if is_new:
        yield f"新建审核流程 {WORKFLOW}"
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task.task_ptr)
    root = Page.get_first_root_node()
    bound, _ = WorkflowPage.objects.get_or_create(page=root, defaults={"workflow": workflow})
    if bound.workflow_id != workflow.pk or is_new:
        bound.workflow = workflow
        bound.save()
        yield f"所有页面使用审核流程 {WORKFLOW}"
    for other in Workflow.objects.filter(active=True, workflow_pages=None, name="Moderators approval"):
        other.deactivate()
        yield f"停用 Wagtail 自带的审核流程 {other.name}"
