"""Where the marks of the charts stand; templates draw them. No framework here. Source: item-analysis.md, rule N11."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

WIDTH, HEIGHT = 640, 240
LEFT, BOTTOM, TOP = 44, 28, 22
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - 12, HEIGHT - BOTTOM - TOP
NAME_HEIGHT = 15
GROUP_NAMES = ("低分组", "中间", "高分组")


@dataclass(frozen=True)
class Bar:
    """One bar: its box, what stands under it, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int


@dataclass(frozen=True)
class Tick:
    """One line of the grid with its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Distribution:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    pass_x: float | None


@dataclass(frozen=True)
class Dot:
    """One item between facility (across) and correlation (up)."""

    x: float
    y: float
    title: str
    is_flagged: bool


@dataclass(frozen=True)
class Line:
    """One answer's share in the lower, middle and upper group: points of a polyline, and the end for its name."""

    points: str
    name: str
    is_right: bool
    end_y: float


def distribution(bars: Sequence[int], *, pass_share: float | None) -> Distribution:
    """Lay out the bars of the scores, each 1/len(bars) of the total."""
    most = max(1, *bars)
    step = PLOT_WIDTH / len(bars)
    percent = 100 // len(bars)
    return Distribution(
        bars=tuple(
            Bar(
                x=round(LEFT + place * step + 1, 1),
                y=round(TOP + PLOT_HEIGHT * (1 - count / most), 1),
                width=round(step - 2, 1),
                height=round(PLOT_HEIGHT * count / most, 1),
                label=str(place * percent),
                count=count,
            )
            for place, count in enumerate(bars)
        ),
        ticks=tuple(Tick(round(TOP + PLOT_HEIGHT * (1 - part), 1), str(round(most * part))) for part in (0, 0.5, 1)),
        pass_x=None if pass_share is None else round(LEFT + PLOT_WIDTH * pass_share, 1),
    )


def scatter(items: Iterable[tuple[str, float, float, bool]]) -> list[Dot]:
    """Lay out items by name, facility from 0 to 1, correlation from -0.5 to 1, and whether they are flagged."""
    return [
        Dot(
            x=round(LEFT + PLOT_WIDTH * facility, 1),
            y=correlation_y(r),
            title=f"{name}：得分率 {facility:.2f}，相关 {r:.2f}",
            is_flagged=is_flagged,
        )
        for name, facility, r, is_flagged in items
    ]


def correlation_y(r: float) -> float:
    """Return the height of a correlation; what is below -0.5 stands at the bottom."""
    return round(TOP + PLOT_HEIGHT * (1 - (max(-0.5, r) + 0.5) / 1.5), 1)


def correlation_ticks() -> list[Tick]:
    return [Tick(correlation_y(r), f"{r:g}") for r in (-0.5, 0, 0.5, 1)]


def trace_lines(rows: Iterable[Mapping[str, object]]) -> list[Line]:
    """Lay out the table of answers as lines over the three groups; a group without people has no point."""
    lines = []
    for row in rows:
        shares = row["shares"]
        if not isinstance(shares, (list, tuple)) or any(share is None for share in shares):
            continue
        spots = [
            (round(LEFT + PLOT_WIDTH * (0.05 + 0.4 * place), 1), round(TOP + PLOT_HEIGHT * (1 - share), 1))
            for place, share in enumerate(shares)
        ]
        lines.append(
            Line(
                points=" ".join(f"{x},{y}" for x, y in spots),
                name=str(row["name"]) or "未答",
                is_right=bool(row["is_right"]),
                end_y=spots[-1][1],
            )
        )
    return _spread(lines)


def _spread(lines: list[Line]) -> list[Line]:
    """Move the names apart that would stand upon each other."""
    names, lowest = [], TOP + PLOT_HEIGHT + 8.0
    for line in sorted(lines, key=lambda line: -line.end_y):
        lowest = min(line.end_y, lowest - NAME_HEIGHT)
        names.append(replace(line, end_y=round(lowest, 1)))
    return names


def group_ticks() -> list[Tick]:
    return [Tick(round(LEFT + PLOT_WIDTH * (0.05 + 0.4 * place), 1), name) for place, name in enumerate(GROUP_NAMES)]


def share_ticks() -> list[Tick]:
    return [Tick(round(TOP + PLOT_HEIGHT * (1 - part), 1), f"{part:.0%}") for part in (0, 0.5, 1)]
