"""What the endpoints take alike: pages, days, keys."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from django.db.models import QuerySet
from ninja import Field, Header, Schema
from pydantic import ConfigDict

from certificates.staffing.rosters import cells

Day = Annotated[date, Field(ge=cells.FIRST_DAY, le=cells.LAST_DAY)]
Pk = Annotated[int, Field(ge=1, le=10**18 - 1)]
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=100,
        pattern=r"^[!-~]+$",
        description="写入只做一次：24 小时内同一键、同一内容只执行一次。",
    ),
]


class Strict(Schema):
    """A body that refuses fields which it does not know: a misspelt one must not pass for an empty one."""

    model_config = ConfigDict(extra="forbid", strict=False)


class Paging(Schema):
    """Which page of a list."""

    page: int = Field(1, ge=1, le=10_000, description="第几页")
    page_size: int = Field(50, ge=1, le=200, description="每页几条")


class Page(Schema):
    """What every list says of itself: how many there are in all, and which page this is."""

    count: int
    page: int
    page_size: int


def cut(rows: "QuerySet[Any] | Sequence[Any]", paging: Paging) -> tuple[list[Any], dict[str, int]]:
    """Return the rows of a page, and what the list says of itself."""
    first = (paging.page - 1) * paging.page_size
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    facts = {"count": count, "page": paging.page, "page_size": paging.page_size}
    return list(rows[first : first + paging.page_size]), facts
