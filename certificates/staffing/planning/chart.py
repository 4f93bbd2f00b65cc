"""The forecast line as a drawing: where lines, bars and labels stand. The template only writes them down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from certificates.staffing import ratio
from certificates.staffing.planning.timeline import Span

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 40, 752, 34, 252
TICK_MONTHS = 6
MOST_LINES = 6
FROM_ZERO = 12  # a line that stays below this starts at zero


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the time axis in which too few are held."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Flag:
    """An audit day: its line, its number in the table, and whether the label has room to the right."""

    x: float
    number: int
    is_short: bool


@dataclass(frozen=True, slots=True)
class Chart:
    required: str
    held: str
    known_held: str
    bands: tuple[Band, ...]
    days: tuple[Mark, ...]
    counts: tuple[Mark, ...]
    flags: tuple[Flag, ...]
    starts_at_zero: bool


def draw(line: Sequence[Span], audits: Sequence[date], known: Sequence[Span] | None = None) -> Chart:
    """
    Lay the line out on a canvas of 760 × 300; audits outside of it are left out.

    `known` is the line before suppositions, drawn beside it. Source: docs/rules/planning.md, rule F2.
    """
    first, last = line[0].first, line[-1].last
    total = max(1, (last - first).days)

    def x(day: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (day - first).days / total, 1)

    figures = [figure for span in line for figure in (span.required, span.held)]
    low, high, step = _scale(figures + [span.held for span in known or ()])

    def y(count: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (count - low) / (high - low), 1)

    short = [
        (run[0].first, run[-1].last)
        for is_short, spans in groupby(line, lambda span: span.gap > 0)
        if is_short and (run := list(spans))
    ]
    return Chart(
        required=_steps(line, lambda span: span.required, x, y),
        held=_steps(line, lambda span: span.held, x, y),
        known_held=_steps(known, lambda span: span.held, x, y) if known else "",
        bands=tuple(Band(x(start), round(max(1.5, x(end) - x(start)), 1)) for start, end in short),
        days=tuple(Mark(x(day), f"{day:%Y-%m}") for day in _tick_days(first, last)),
        counts=tuple(Mark(y(count), str(count)) for count in range(low, high + 1, step)),
        flags=tuple(
            Flag(x(day), number, any(start <= day <= end for start, end in short))
            for number, day in enumerate(audits, start=1)
            if first <= day <= last
        ),
        starts_at_zero=low == 0,
    )


def _scale(figures: Sequence[int]) -> tuple[int, int, int]:
    """Choose the lowest and highest count of the axis and the step between its lines."""
    low, high = (0, max(figures)) if max(figures) <= FROM_ZERO else (max(0, min(figures) - 1), max(figures))
    step = max(1, -(-(high - low + 1) // MOST_LINES))
    return low, low + step * -(-(high - low + 1) // step), step


def _steps(
    line: Sequence[Span], figure: Callable[[Span], int], x: Callable[[date], float], y: Callable[[int], float]
) -> str:
    path = f"M{x(line[0].first)} {y(figure(line[0]))}"
    for span in line[1:]:
        path += f"H{x(span.first)}V{y(figure(span))}"
    return f"{path}H{x(line[-1].last)}"


def _tick_days(first: date, last: date) -> list[date]:
    months = range(0, ratio.HORIZON_MONTHS + 1, TICK_MONTHS)
    return [day for day in (ratio.add_months(first, month) for month in months) if day <= last]
