"""Verbs on corrective actions: propose, finish, reopen, attach what shows that it was done."""

import zipfile
from datetime import date, datetime
from io import BytesIO

from django.core.files.storage import default_storage
from django.db import transaction

from certificates.staffing.models import ActionFile, Company, CorrectiveAction, Member
from lms import private_files
from lms.errors import DomainError
from lms.users.models import User

MAX_BYTES = 10 * 1024 * 1024
MOST_FILES = 10
MOST_OPEN = 500
FOLDER = "corrective-actions"
TITLE_LENGTH = 100
MARKS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
PARTS = {"xl/workbook.xml": "xlsx", "word/document.xml": "docx"}


class NotAMember(DomainError):
    message = "负责人要是本企业的成员。请先邀请他加入。"


class TooManyActions(DomainError):
    message = f"进行中的整改项已经有 {MOST_OPEN} 条。请先完成一些。"


class AlreadyDone(DomainError):
    message = "这一项已经完成。要再改，请先重开。"


class NotDone(DomainError):
    message = "这一项还在进行中，不用重开。"


class FileRefused(DomainError):
    message = "证据文件请用 PDF、PNG、JPEG、XLSX 或 DOCX，最大 10 MB，不能带宏或加密。"


class TooManyFiles(DomainError):
    message = f"一项最多 {MOST_FILES} 个文件。请先删除不用的。"


@transaction.atomic
def propose(
    *, company: Company, problem: str, code: str, owner: User, due: date, by: User, now: datetime
) -> CorrectiveAction:
    """Note something to put right. Raises: NotAMember, TooManyActions. docs/rules/readiness.md, rule A18."""
    Company.objects.select_for_update().get(pk=company.pk)
    _refuse_stranger(company, owner)
    if CorrectiveAction.objects.of(company).open().count() >= MOST_OPEN:
        raise TooManyActions
    return CorrectiveAction.objects.create(
        company=company, problem=problem, code=code, owner=owner, due_date=due, made_by=by, made_at=now
    )


@transaction.atomic
def assign(*, action: CorrectiveAction, owner: User, due: date) -> CorrectiveAction:
    """Give an open action another owner or another day. Raises: AlreadyDone, NotAMember. Rule A18 of the same file."""
    locked = _open(action)
    _refuse_stranger(locked.company, owner)
    locked.owner, locked.due_date = owner, due
    locked.save(update_fields=["owner", "due_date"])
    return locked


@transaction.atomic
def finish(*, action: CorrectiveAction, outcome: str, by: User, now: datetime) -> CorrectiveAction:
    """Say what was done. Raises: AlreadyDone. Source: docs/rules/readiness.md, rule A18."""
    locked = _open(action)
    locked.status, locked.outcome = CorrectiveAction.Status.DONE, outcome
    locked.done_by, locked.done_at = by, now
    locked.save(update_fields=["status", "outcome", "done_by", "done_at"])
    return locked


@transaction.atomic
def reopen(*, action: CorrectiveAction) -> CorrectiveAction:
    """Open a finished action again; what was done stays readable. Raises: NotDone. Rule A18 of the same file."""
    locked = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
    if locked.status != CorrectiveAction.Status.DONE:
        raise NotDone
    locked.status, locked.done_by, locked.done_at = CorrectiveAction.Status.OPEN, None, None
    locked.save(update_fields=["status", "done_by", "done_at"])
    return locked


def attach(*, action: CorrectiveAction, title: str, content: bytes, by: User, now: datetime) -> ActionFile:
    """
    Keep a file that shows what was done. Raises: FileRefused, AlreadyDone, TooManyFiles.

    Source: docs/rules/readiness.md, rule A19.
    """
    extension = kind_of(content)
    with private_files.stored(FOLDER, {extension: content}) as names, transaction.atomic():
        locked = _open(action)
        if locked.files.count() >= MOST_FILES:
            raise TooManyFiles
        return ActionFile.objects.create(
            action=locked,
            title=" ".join(title.replace("\x00", "").split())[-TITLE_LENGTH:] or f"证据.{extension}",
            file=names[extension],
            sha256=private_files.sha256(content),
            size=len(content),
            added_by=by,
            added_at=now,
        )


def detach(*, file: ActionFile) -> None:
    """Take a file of an open action away. Raises: AlreadyDone. Source: docs/rules/readiness.md, rule A19."""
    with transaction.atomic():
        _open(file.action)
        file.delete()
    default_storage.delete(file.file)


def may_finish(*, action: CorrectiveAction, member: Member) -> bool:
    """Tell whether this member may finish it: managers, and its owner. Rule A18 of the same file."""
    return member.may_manage or action.owner_id == member.user_id


def kind_of(content: bytes) -> str:
    """Return the extension of a file by what it really is. Raises: FileRefused."""
    if len(content) <= MAX_BYTES:
        for mark, extension in MARKS.items():
            if content.startswith(mark):
                return extension
        if content.startswith(b"PK\x03\x04"):
            return _office_kind(content)
    raise FileRefused


def _office_kind(content: bytes) -> str:
    """Look into the directory of a zip, never into what it packs."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileRefused from error
    if not any(name.endswith("vbaproject.bin") for name in names):
        for part, extension in PARTS.items():
            if part in names:
                return extension
    raise FileRefused


def _open(action: CorrectiveAction) -> CorrectiveAction:
    locked = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
    if locked.status != CorrectiveAction.Status.OPEN:
        raise AlreadyDone
    return locked


def _refuse_stranger(company: Company, owner: User) -> None:
    if not Member.objects.of(company).filter(user=owner).exists():
        raise NotAMember
