"""How a refusal is told to a program: RFC 9457, in Chinese. Source: docs/rules/api.md, rule I6."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TypedDict

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError

from certificates.staffing.checks import AsOfOutOfRange
from certificates.staffing.rosters import RosterUnusable
from certificates.staffing.rosters.reading import READERS
from lms.errors import DomainError

TITLES = {
    400: "请求读不懂",
    401: "没有有效的令牌",
    403: "令牌没有这个权限",
    404: "没有找到",
    405: "这个地址不支持这种方法",
    409: "现在不能这样做",
    413: "请求太大",
    422: "内容有错，什么也没有改变",
    429: "请求太频繁",
}
UNAUTHORIZED = "请在 Authorization 请求头里写“Bearer 令牌”。令牌可能写错、过期或已作废，请在企业的“接口令牌”页面查看。"
NOT_FOUND = "没有这个地址，或没有这个编号的内容。请对照 /api/v1/openapi.json。"
BODY = "请求体应是 UTF-8 编码的 JSON 对象。"
TOO_BIG = "请求体超过 2 MB。请分成几次发送。"
# What pydantic found, in words; anything else is told by the last one.
FOUND = {
    "missing": ("缺少这个字段", "请补上"),
    "extra_forbidden": ("没有这个字段", "请删去，或核对写法"),
    "string_type": ("应是文字", "请用引号括起来"),
    "bool_type": ("应是 true 或 false", "请改正"),
    "int_parsing": ("应是整数", "请改正"),
    "string_too_long": ("太长", "请缩短"),
    "string_too_short": ("太短", "请补全"),
    "too_long": ("条数太多", "请分成几次发送"),
    "too_short": ("至少要有一条", "请补上"),
    "greater_than_equal": ("太小", "请核对取值范围"),
    "less_than_equal": ("太大", "请核对取值范围"),
    "string_pattern_mismatch": ("含有不允许的字符", "请核对写法"),
}
DATE = ("不是日期", "请写成 2026-11-22 这样的日期")
OTHERWISE = ("内容不符合要求", "请对照 /api/v1/openapi.json")


class Mistake(TypedDict):
    """One thing that is wrong: where in the request, what, and how to mend it."""

    at: str
    message: str
    remedy: str


class Refused(DomainError):
    """Some of the entries cannot be taken, so none was; `errors` says which and why."""

    message = "有些条目不能采用，一条也没有写入。请按 errors 逐条改正后再发。"

    def __init__(self, errors: Iterable[Mistake]) -> None:
        super().__init__()
        self.errors = list(errors)


class TooOften(Exception):
    """More requests than the minute's share; `seconds` until the next one is open."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def install(api: NinjaAPI) -> None:
    """Let every error of the interface answer as a problem."""
    handlers: dict[type[Exception], Callable[..., HttpResponse]] = {
        TooOften: _too_often,
        AuthenticationError: lambda *_: unauthorized(),
        AuthorizationError: lambda _, error: problem(403, "no_scope", str(error)),
        Http404: lambda *_: problem(404, "not_found", NOT_FOUND),
        RequestDataTooBig: lambda *_: problem(413, "too_big", TOO_BIG),
        HttpError: lambda *_: problem(400, "unreadable", BODY),
        ValidationError: _invalid,
        DomainError: _refused,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Iterable[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return a problem document."""
    body = {"type": "about:blank", "title": TITLES[status], "status": status, "code": code, "detail": detail}
    document = json.dumps(body | {"errors": list(errors)}, ensure_ascii=False)
    return HttpResponse(document, status=status, content_type="application/problem+json", headers=headers or {})


def unauthorized() -> HttpResponse:
    return problem(401, "no_token", UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})


def roster_mistakes(refusal: RosterUnusable) -> list[Mistake]:
    """Tell the mistakes of a roster by the fields of the request."""
    return [
        {
            "at": f"people[{one.row - 1}].{READERS[one.field][0]}" if one.row and one.field in READERS else "people",
            "message": one.message,
            "remedy": one.remedy,
        }
        for one in refusal.problems
    ]


def _too_often(_request: HttpRequest, error: TooOften) -> HttpResponse:
    detail = f"这一分钟的次数已经用完。请 {error.seconds} 秒后再试。"
    return problem(429, "too_often", detail, headers={"Retry-After": str(error.seconds)})


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    mistakes = [_mistake(one) for one in error.errors]
    return problem(422, "invalid", "请按 errors 逐条改正后再发。", errors=mistakes)


def _mistake(found: Mapping[str, object]) -> Mistake:
    kind, location = str(found["type"]), found["loc"]
    where = ""
    for part in location[1:] if isinstance(location, tuple | list) else ():  # the first says body, query or header
        where += f"[{part}]" if isinstance(part, int) else f".{part}" if where else str(part)
    message, remedy = DATE if kind.startswith("date") else FOUND.get(kind, OTHERWISE)
    return {"at": re.sub(r"^(payload|paging)\.", "", where), "message": message, "remedy": remedy}


def _refused(_request: HttpRequest, refusal: DomainError) -> HttpResponse:
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(refusal).__name__).lower()
    if isinstance(refusal, RosterUnusable):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, str(refusal), errors=roster_mistakes(refusal))
    if isinstance(refusal, Refused):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, str(refusal), errors=refusal.errors)
    is_content = isinstance(refusal, AsOfOutOfRange)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY if is_content else HTTPStatus.CONFLICT, code, str(refusal))
