"""
May this person start this exam now, until when, and if not, why and what next.

Source: docs/rules/grading.md, rules G10-G13, and docs/rules/exam-room.md, rules R1-R3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Code(StrEnum):
    """Why somebody may not start."""

    CLOSED = "CLOSED"
    NOT_ENROLLED = "NOT_ENROLLED"
    UNFINISHED = "UNFINISHED"
    NO_IDENTITY = "NO_IDENTITY"
    PASSED = "PASSED"
    NO_ATTEMPTS_LEFT = "NO_ATTEMPTS_LEFT"
    COOLING_DOWN = "COOLING_DOWN"
    OPEN_ATTEMPT = "OPEN_ATTEMPT"
    AWAITING = "AWAITING"
    NOT_REGISTERED = "NOT_REGISTERED"
    REGISTRATION_LATER = "REGISTRATION_LATER"
    WINDOWS_FULL = "WINDOWS_FULL"
    NO_WINDOW = "NO_WINDOW"
    WINDOW_LATER = "WINDOW_LATER"
    NO_MOCK = "NO_MOCK"


class WindowState(StrEnum):
    """What a 考期 is to one person at one moment."""

    LATER = "LATER"
    OPEN = "OPEN"
    FULL = "FULL"
    CLOSED = "CLOSED"
    REGISTERED = "REGISTERED"
    RUNNING = "RUNNING"
    OVER = "OVER"


@dataclass(frozen=True)
class Window:
    """A 考期 as one person meets it. Times are in the zone to print them in; `places_left` None = no limit."""

    pk: int
    title: str
    registration_opens_at: datetime
    registration_closes_at: datetime
    opens_at: datetime
    closes_at: datetime
    is_registered: bool
    places_left: int | None

    @property
    def slug(self) -> str:
        """A name for the parts of a page that belong to this window."""
        return f"window-{self.pk}"

    def state(self, now: datetime) -> WindowState:
        """Return what the window is to this person now. Source: docs/rules/exam-room.md, rule R1."""
        if now >= self.closes_at:
            return WindowState.OVER
        if self.is_registered:
            return WindowState.RUNNING if self.opens_at <= now else WindowState.REGISTERED
        if now < self.registration_opens_at:
            return WindowState.LATER
        if now >= self.registration_closes_at:
            return WindowState.CLOSED
        return WindowState.FULL if self.places_left == 0 else WindowState.OPEN


@dataclass(frozen=True)
class Reason:
    """One obstacle: its code, what is the matter, and what to do next, both in Chinese."""

    code: Code
    text: str
    next_step: str


@dataclass(frozen=True)
class Facts:
    """
    What the decision rests on.

    Units: `cooldown` is a time span; times are aware and in the zone they are to be printed in. `max_attempts` has the
    person's extra ones in it. `windows` may leave out old ones; `has_windows` says that the exam has any.
    `has_open_mock`: the open attempt is a mock exam. `is_awaiting`: people are still marking an earlier attempt.
    """

    now: datetime
    is_open: bool
    is_enrolled: bool
    lessons_done: int
    lessons_total: int
    has_identity: bool
    has_passed: bool
    attempts_used: int
    max_attempts: int
    last_closed_at: datetime | None
    cooldown: timedelta
    has_open_attempt: bool
    has_open_mock: bool = False
    is_awaiting: bool = False
    has_mock: bool = True
    has_windows: bool = False
    windows: tuple[Window, ...] = ()

    @property
    def running(self) -> Window | None:
        """The window this person may sit in now; of several, the one that closes last."""
        mine = [window for window in self.windows if window.state(self.now) == WindowState.RUNNING]
        return max(mine, key=lambda window: window.closes_at, default=None)

    @property
    def ahead(self) -> Window | None:
        """The next window this person is registered for that has not begun."""
        mine = [window for window in self.windows if window.state(self.now) == WindowState.REGISTERED]
        return min(mine, key=lambda window: window.opens_at, default=None)


@dataclass(frozen=True)
class Eligibility:
    """The decision with all its reasons, and the figures a page shows beside it."""

    is_allowed: bool
    reasons: tuple[Reason, ...]
    attempts_left: int
    next_start_at: datetime | None

    def has(self, code: str) -> bool:
        return any(reason.code == code for reason in self.reasons)


def next_start_at(facts: Facts) -> datetime | None:
    """
    Return from when on the next attempt may start, or None if nothing has to be waited for.

    Source: docs/rules/grading.md, rule G12.
    """
    if facts.last_closed_at is None or facts.has_passed or facts.attempts_used >= facts.max_attempts:
        return None
    at = facts.last_closed_at + facts.cooldown
    return at if at > facts.now else None


def decide(facts: Facts) -> Eligibility:
    """
    Collect every reason that keeps somebody from starting; none means that they may.

    First what ends the matter, then what the person can do, what has a closing time foremost, then what only time
    brings. Source: docs/rules/grading.md, rules G10-G13, and docs/rules/exam-room.md, rule R1.
    """
    left = max(0, facts.max_attempts - facts.attempts_used)
    waits_until = next_start_at(facts)
    reasons = [*_settled(facts, left), *_access(facts)]
    is_settled = facts.has_open_attempt or facts.is_awaiting or facts.has_passed or not left
    if not is_settled:
        reasons += _registration(facts)
    reasons += _preparation(facts)
    if not is_settled:
        reasons += _waiting(facts, waits_until)
    return Eligibility(is_allowed=not reasons, reasons=tuple(reasons), attempts_left=left, next_start_at=waits_until)


def decide_mock(facts: Facts) -> tuple[Reason, ...]:
    """
    Collect what keeps somebody from a mock exam: no limit, no waiting, no identity, no 考期 is asked for.

    Source: docs/rules/exam-room.md, rule R3.
    """
    found = [*_open_attempt(facts), *_access(facts)]
    if not facts.has_mock:
        found.append(Reason(Code.NO_MOCK, "这场考试不提供模拟考试。", "用课程里的练习题准备。"))
    return tuple(found)


def deadline_at(*, now: datetime, minutes: int, time_factor: int, closes_at: datetime | None) -> datetime:
    """
    Return when an attempt that starts now ends: after the person's own time, or with the window if that is sooner.

    Units: `time_factor` in percent. The time a person has beyond the exam's own is added to the window's end as well.
    Source: docs/rules/exam-room.md, rules R1 and R2.
    """
    standard = timedelta(minutes=minutes)
    own = timedelta(seconds=minutes * 60 * time_factor // 100)
    return now + own if closes_at is None else min(now + own, closes_at + own - standard)


def _settled(facts: Facts, left: int) -> Iterator[Reason]:
    yield from _open_attempt(facts)
    if facts.has_passed:
        yield Reason(Code.PASSED, "你已经通过这场考试，不用再考。", "到“我的证书”查看证书。")
    elif facts.is_awaiting:
        yield Reason(Code.AWAITING, "上一次考试的简答题还在评阅。", "等成绩公布；没有通过的话，到时再考。")
    elif not left and not facts.has_open_attempt:
        yield Reason(Code.NO_ATTEMPTS_LEFT, f"{facts.max_attempts} 次考试机会已经用完。", "如有疑问，请联系客服。")


def _open_attempt(facts: Facts) -> Iterator[Reason]:
    if facts.has_open_mock:
        yield Reason(Code.OPEN_ATTEMPT, "你有一场模拟考试正在进行。", "先把模拟考试交卷，再开始别的考试。")
    elif facts.has_open_attempt:
        yield Reason(Code.OPEN_ATTEMPT, "你有一次正在进行的考试。", "继续作答，计时没有停。")


def _access(facts: Facts) -> Iterator[Reason]:
    if not facts.is_open:
        yield Reason(Code.CLOSED, "这场考试现在没有开放。", "等待开放，或联系客服询问开放时间。")
    if not facts.is_enrolled:
        yield Reason(Code.NOT_ENROLLED, "你还没有报名这门课程。", "先报名课程，学完全部课时后再来考试。")


def _registration(facts: Facts) -> Iterator[Reason]:
    """Say what stands between this person and a place in a window."""
    if not facts.has_windows or not facts.is_enrolled or facts.running or facts.ahead:
        return
    by_state = {state: [w for w in facts.windows if w.state(facts.now) == state] for state in WindowState}
    if by_state[WindowState.OPEN]:
        last = max(by_state[WindowState.OPEN], key=lambda window: window.registration_closes_at)
        text = f"这场考试要先报考，报考到 {_minute(last.registration_closes_at)} 截止。"
        yield Reason(Code.NOT_REGISTERED, text, "在“考期”里选一个时间报考。")
    elif by_state[WindowState.LATER]:
        first = min(by_state[WindowState.LATER], key=lambda window: window.registration_opens_at)
        text = f"报考还没有开始，{_minute(first.registration_opens_at)} 开始。"
        yield Reason(Code.REGISTRATION_LATER, text, "到时来“考期”里报考，名额先到先得。")
    elif by_state[WindowState.FULL]:
        yield Reason(Code.WINDOWS_FULL, "可以报考的考期都已报满。", "有人取消时名额会放出来；也可以联系客服。")
    else:
        yield Reason(Code.NO_WINDOW, "现在没有可以参加的考期，报考或考试时间已经结束。", "请联系客服询问下一个考期。")


def _preparation(facts: Facts) -> Iterator[Reason]:
    if facts.is_enrolled and (facts.lessons_done < facts.lessons_total or not facts.lessons_total):
        text = f"课程还没有学完：已完成 {facts.lessons_done} / {facts.lessons_total} 课。"
        yield Reason(Code.UNFINISHED, text, "到学习中心学完余下的课。")
    if not facts.has_identity:
        yield Reason(Code.NO_IDENTITY, "还没有填写实名信息，证书上要印真实姓名。", "填写真实姓名和证件号。")


def _waiting(facts: Facts, waits_until: datetime | None) -> Iterator[Reason]:
    if waits_until:
        when = _minute(waits_until)
        text = f"两次考试要间隔 {facts.cooldown // timedelta(hours=1)} 小时，下一次最早 {when} 开始。"
        yield Reason(Code.COOLING_DOWN, text, f"{when} 以后再来。")
    first = facts.ahead
    if first and facts.running is None:
        text = f"你报的考期“{first.title}”{_minute(first.opens_at)} 开始，{_minute(first.closes_at)} 结束。"
        yield Reason(Code.WINDOW_LATER, text, "到时回到这一页开始考试。")


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
