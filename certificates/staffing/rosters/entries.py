"""What a roster consists of once it has been read, and how its mistakes are told."""

from dataclasses import dataclass
from datetime import date

from lms.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 120_000
MAX_COLUMNS = 64
HEADER_WITHIN_ROWS = 20  # titles and notes may stand above the header

NAME, STAFF_NUMBER, DEPARTMENT, SITE, LEVEL, POST = "姓名", "工号", "部门", "网点", "层级", "职务"
IS_MANAGER, JOINED_ON, LEFT_ON, CERTIFICATE = "是否服务管理人员", "入职日期", "离职日期", "证书编号"
COLUMNS = (NAME, STAFF_NUMBER, DEPARTMENT, SITE, LEVEL, POST, IS_MANAGER, JOINED_ON, LEFT_ON, CERTIFICATE)
OTHER_TITLES = {
    "员工姓名": NAME,
    "员工编号": STAFF_NUMBER,
    "所属部门": DEPARTMENT,
    "所属网点": SITE,
    "岗位": POST,
    "是否为服务管理人员": IS_MANAGER,
    "入职时间": JOINED_ON,
    "离职时间": LEFT_ON,
    "证书号": CERTIFICATE,
    "管理师证书编号": CERTIFICATE,
}
REQUIRED_COLUMNS = (NAME, IS_MANAGER)
SAMPLE_PREFIX = "示例"  # rows of the template that must not be sent back


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on a roster. `row` as the spreadsheet numbers it; days inclusive, None is open."""

    row: int
    name: str
    is_manager: bool
    staff_number: str = ""
    department: str = ""
    site: str = ""
    level: str = ""
    post: str = ""
    joined_on: date | None = None
    left_on: date | None = None
    certificate_number: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (row None: the whole file), what, and how to mend it."""

    row: int | None
    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster without mistakes, the columns that it has, and the hash of the file that it was read from."""

    entries: tuple[Entry, ...]
    sha256: str
    ignored_columns: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset(COLUMNS)


class RosterUnusable(DomainError):
    """Nothing was taken over; `problems` names every mistake. Source: docs/rules/staffing.md, rule S9."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        rows = len({problem.row for problem in problems if problem.row})
        super().__init__(f"花名册有 {rows} 行需要修改，一行也没有采用。" if rows else problems[0].message)


def unusable_file(message: str, remedy: str) -> RosterUnusable:
    """Return the refusal of a whole file."""
    return RosterUnusable(Problem(row=None, field="文件", message=message, remedy=remedy))
