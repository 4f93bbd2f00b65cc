"""Each lab said in text for its first figures: the tables that stand there without any script."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from courses.labs import blueprint, complaint, gaps, kano, nps, parts, queueing, rating, seats
from courses.labs.defaults import BLUEPRINT, CALLS, DIMENSIONS, HOURS, IDEAS, PARTS, QUEUE, RATING, SURVEY

NOT_KNOWN = "—"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A caption, the names of the columns, and rows of text."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(slug: str) -> tuple[Table, ...]:
    """Return what a lab's first figures come to. Raises: KeyError for a lab that there is not."""
    return TABLES[slug]()


def _queue() -> tuple[Table, ...]:
    rows = []
    for arrivals in (5, 7, 8, 9, 9.5):
        queue = queueing.solve(arrivals=arrivals, rate=QUEUE.rate, servers=1)
        rows.append((f"{arrivals:g} 位", *_figures(queue)))
    rows.append(("10 位", "100%", "队伍会无限变长", NOT_KNOWN, NOT_KNOWN))
    pooled = queueing.solve(arrivals=16, rate=QUEUE.rate, servers=2)
    apart = queueing.solve(arrivals=8, rate=QUEUE.rate, servers=1)
    head = ("利用率 ρ", "平均等待 Wq", "平均排队 Lq", "10 分钟内轮到")
    return (
        Table(caption="一个台子，每小时办 10 位", head=("每小时来客 λ", *head), rows=tuple(rows)),
        Table(
            caption="两个台子，每小时共来 16 位",
            head=("怎样排", *head),
            rows=(("合成一条队", *_figures(pooled)), ("各排各的队", *_figures(apart))),
        ),
    )


def _figures(queue: queueing.Queue) -> tuple[str, ...]:
    return (
        _percent(queue.utilisation),
        f"{queue.wait_hours * 60:.2f} 分钟",
        f"{queue.waiting:.2f} 人",
        _percent(queue.served_within(QUEUE.within_minutes / 60)),
    )


def _seats() -> tuple[Table, ...]:
    least = queueing.servers_needed(load=seats.load_of(calls=CALLS.calls, handling=CALLS.handling))
    found = seats.staff(
        calls=CALLS.calls, handling=CALLS.handling, target=CALLS.target, within=CALLS.within, absent=CALLS.absent
    )
    if found is None:
        raise AssertionError("the first figures can be staffed")
    rows = []
    for number in range(least, least + 5):
        queue = seats.with_seats(calls=CALLS.calls, handling=CALLS.handling, seats=number)
        rows.append(
            (
                f"{number} 席" + ("（够了）" if number == found.seats else ""),
                _percent(queue.served_within(CALLS.within / seats.HOUR)),
                f"{queue.wait_hours * seats.HOUR:.0f} 秒",
                _percent(queue.utilisation),
                f"{seats.roster_of(seats=number, absent=CALLS.absent)} 人",
            )
        )
    caption = f"每小时 {CALLS.calls:g} 通，每通 {CALLS.handling:g} 秒，话务强度 {found.load:g} Erlang"
    head = ("席位", f"{CALLS.within:g} 秒接通率", "平均等待", "忙碌比例", "花名册（缺席 25%）")
    return (Table(caption=caption, head=head, rows=tuple(rows)),)


def _gaps() -> tuple[Table, ...]:
    quality = gaps.servqual(DIMENSIONS)
    dimensions = [
        (d.name, f"{d.expected:.1f}", f"{d.perceived:.1f}", _signed(d.score, 1), f"{d.weight:g}") for d in DIMENSIONS
    ]
    dimensions.append(("不加权总分", "", "", _signed(quality.plain, 2), ""))
    dimensions.append(("加权总分", "", "", _signed(quality.weighted, 2), ""))
    names = ("差距 1 认知", "差距 2 标准", "差距 3 交付", "差距 4 沟通", "差距 5 感知")
    sums = ("以为 − 期望", "规范 − 以为", "实际 − 规范", "实际 − 承诺", "实际 − 期望 = 1 + 2 + 3")
    hours = tuple(zip(names, sums, (f"{_signed(gap, 1)} 小时" for gap in gaps.five_gaps(HOURS)), strict=True))
    return (
        Table(caption="五个维度的 P − E", head=("维度", "期望 E", "感知 P", "P − E", "权重"), rows=tuple(dimensions)),
        Table(caption="到场时间的五个差距", head=("差距", "算法", "结果"), rows=hours),
    )


def _kano() -> tuple[Table, ...]:
    rows = []
    for idea in IDEAS:
        found = kano.coefficients(a=idea.a, o=idea.o, m=idea.m, i=idea.i)
        if found is None:
            raise AssertionError("the first figures have answers")
        counts = f"A{idea.a} O{idea.o} M{idea.m} I{idea.i} R{idea.r}"
        name = kano.NAMES[found.quarter]
        rows.append((idea.name, counts, f"{found.better:.2f}", _signed(found.worse, 2), name))
    cross = tuple(
        (present, *(kano.NAMES[kano.classify(present=row, absent=column)] for column in range(len(kano.ANSWERS))))
        for row, present in enumerate(kano.ANSWERS)
    )
    return (
        Table(caption="五个点子的两个系数", head=("点子", "人数", "Better", "Worse", "落在"), rows=tuple(rows)),
        Table(caption="正问（行）与反问（列）的归类", head=("正问＼反问", *kano.ANSWERS), rows=cross),
    )


def _blueprint() -> tuple[Table, ...]:
    found = blueprint.check(BLUEPRINT)
    lacks = tuple((f"第 {place + 1} 步", blueprint.LACKS[lack]) for place, lack in found.lacks)
    longest = f"第 {found.longest_wait + 1} 步" if found.longest_wait is not None else NOT_KNOWN
    counts = (
        ("服务接触（穿过互动线）", f"{found.encounters} 次"),
        ("穿过可视线", f"{found.visible} 次"),
        ("穿过内部互动线", f"{found.internal} 次"),
        ("总等待", f"{found.wait_minutes:,.0f} 分钟，最长在{longest}"),
    )
    rows = tuple(
        (f"{number}", *(text or NOT_KNOWN for text in (s.evidence, s.customer, s.front, s.back, s.support)))
        for number, s in enumerate(BLUEPRINT, 1)
    )
    head = ("步", "有形展示", "顾客行为", "前台", "后台", "支持过程")
    return (
        Table(caption="一次上门维修", head=head, rows=rows),
        Table(caption="数一数", head=("数什么", "结果"), rows=counts),
        Table(caption="还缺什么", head=("哪一步", "缺什么"), rows=lacks),
    )


def _rating() -> tuple[Table, ...]:
    readings = rating.simulate(
        RATING.sections, required=RATING.required, held=RATING.held, specials=RATING.specials, has_bonus=False
    )
    if readings is None:
        raise AssertionError("the first figures are all known")
    rows = tuple(
        (
            name,
            _centi(result.base_centi),
            f"−{RATING.specials}",
            _centi(result.final_centi),
            rating.LEVEL_NAMES[result.level],
        )
        for name, result in (("按比例扣", readings.proportional), ("最坏：全扣 5 分", readings.worst))
    )
    ladder = tuple(
        (rating.LEVEL_NAMES[rating.Level(name)], f"{least / 100:g} 分及以上") for least, name in rating.LADDER
    )
    caption = f"涉及项 {_centi(readings.applicable_centi)} 分，应配 {RATING.required} 名，已配 {RATING.held} 名"
    return (
        Table(caption=caption, head=("5.1.2.2 怎样扣", "换算后", "特别扣分", "评分", "等级"), rows=rows),
        Table(caption="等级线（含本数；特别扣分满 5 项，一律不合格）", head=("等级", "评分"), rows=ladder),
    )


def _complaint() -> tuple[Table, ...]:
    return tuple(
        Table(
            caption=f"{scene.title}。{scene.text}",
            head=("做法", "结果", "过程", "态度", "为什么"),
            rows=tuple(
                (c.text, *(_signed(n, 0) for n in (c.outcome, c.process, c.manner)), c.why) for c in scene.choices
            ),
        )
        for scene in complaint.SCENES.values()
    )


def _nps() -> tuple[Table, ...]:
    rows = []
    for times in (1, 4, 10):
        promoters, passives, detractors = (count * times for count in SURVEY)
        found = nps.score(promoters=promoters, passives=passives, detractors=detractors)
        if found is None:
            raise AssertionError("the first figures have answers")
        rows.append(
            (
                f"{promoters + passives + detractors:,} 份",
                f"{found.nps:.0f}",
                f"{found.low:.0f} 到 {found.high:.0f}",
                f"{found.needed:,} 份",
            )
        )
    head = ("问卷", "NPS", "95% 区间", "误差压到 ±5 点要")
    return (Table(caption="推荐 55%、中立 25%、贬损 20%", head=head, rows=tuple(rows)),)


def _parts() -> tuple[Table, ...]:
    costs = {"yearly": PARTS.yearly, "order_cost": PARTS.order_cost, "holding_cost": PARTS.holding_cost}
    best = parts.order_quantity(**costs)
    orders = []
    for quantity in (best / 2, best, best * 2, best * 3):
        total = parts.yearly_cost(**costs, quantity=quantity)
        orders.append((f"{quantity:,.0f} 块", f"{PARTS.yearly / quantity:g} 次", f"¥{total:,.2f}"))
    points = []
    for confidence, lead_days in (("90", 9), ("95", 9), ("99", 9), ("95", 4)):
        found = parts.reorder(
            daily=PARTS.daily, lead_days=lead_days, deviation=PARTS.deviation, z=parts.CONFIDENCE[confidence]
        )
        points.append(
            (
                f"{confidence}%",
                f"{lead_days} 天",
                f"{found.safety:.1f} 块",
                f"{found.point:.1f}，取 {math.ceil(found.point)} 块",
            )
        )
    return (
        Table(caption="一次订多少（一年的费用）", head=("每次订", "一年订", "费用"), rows=tuple(orders)),
        Table(caption="什么时候订", head=("把握", "提前期", "安全库存", "再订货点"), rows=tuple(points)),
    )


TABLES: dict[str, Callable[[], tuple[Table, ...]]] = {
    "queue": _queue,
    "seats": _seats,
    "gaps": _gaps,
    "kano": _kano,
    "blueprint": _blueprint,
    "rating": _rating,
    "complaint": _complaint,
    "nps": _nps,
    "parts": _parts,
}


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%"


def _centi(amount: int) -> str:
    return f"{amount / 100:.2f}"


def _signed(amount: float, places: int) -> str:
    """Write a signed figure with a true minus: −0.63, +0.5, 0."""
    text = f"{abs(amount):.{places}f}"
    if float(text) == 0:
        return text
    return ("−" if amount < 0 else "+") + text
