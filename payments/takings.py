"""What 财务 reads: takings by day, and what is open. Every figure names the ledger rows or the list that it counts."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from payments.models import Account, Attention, Dispute, LedgerEntry, Order, Refund

LONGEST = timedelta(days=366)
MONEY = [Account.STRIPE, Account.BANK]
# What a figure of the page is made of.
FACTS = {
    "received": ("到账", Q(debit__in=MONEY, refund__isnull=True) & ~Q(credit=Account.DISPUTE)),
    "refunded": ("退款", Q(refund__isnull=False, credit__in=MONEY)),
    "returned": ("退款被退回", Q(refund__isnull=False, debit__in=MONEY)),
    "disputed": ("争议扣款", Q(debit=Account.DISPUTE)),
    "reinstated": ("争议归还", Q(credit=Account.DISPUTE)),
}
CNY = Q(currency="cny")  # the page counts yuan
# The rows behind each figure: what went out, and what of it came back.
FIGURES = {name: (label, rows & CNY) for name, (label, rows) in FACTS.items()} | {
    "refunds": ("退款净额", (FACTS["refunded"][1] | FACTS["returned"][1]) & CNY),
    "disputes": ("争议净额", (FACTS["disputed"][1] | FACTS["reinstated"][1]) & CNY),
    "net": ("净额", reduce(or_, (rows for _, rows in FACTS.values())) & CNY),
}


@dataclass(frozen=True, slots=True)
class Day:
    """The money of one day, in fen of CNY. `share` is its takings as percent of the best day shown."""

    on: date
    count: int
    received_fen: int
    refunded_fen: int
    disputed_fen: int
    share: int

    @property
    def iso(self) -> str:
        return self.on.isoformat()

    @property
    def bar(self) -> float:
        """The length of the bar, of 160."""
        return self.share * 1.6

    @property
    def net_fen(self) -> int:
        return self.received_fen - self.refunded_fen - self.disputed_fen


@dataclass(frozen=True, slots=True)
class Open:
    """One number that waits for somebody, and what it is worth if that can be said."""

    label: str
    count: int
    fen: int | None
    url_name: str
    query: str


def by_day(*, first: date, last: date) -> list[Day]:
    """Return the days with any movement, newest first, at most LONGEST. Source: docs/rules/money.md, rule P10."""
    last = min(last, first + LONGEST)
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    signs = {"received": 1, "refunded": 1, "returned": -1, "disputed": 1, "reinstated": -1}
    fact = Case(*(When(rows, then=Value(name)) for name, (_, rows) in FACTS.items()))
    rows = (
        LedgerEntry.objects.filter(CNY, at__gte=start, at__lt=end)
        .annotate(on=TruncDate("at"), fact=fact)
        .exclude(fact=None)
        .values("on", "fact")
        .annotate(total=Sum("amount_fen", output_field=IntegerField()), count=Count("pk"))
    )
    days: dict[date, dict[str, int]] = {}
    for row in rows:
        sums = days.setdefault(row["on"], {"count": 0, "received": 0, "refunded": 0, "disputed": 0})
        fact_name = str(row["fact"])
        name = {"returned": "refunded", "reinstated": "disputed"}.get(fact_name, fact_name)
        sums[name] += signs[fact_name] * row["total"]
        sums["count"] += row["count"] if fact_name == "received" else 0
    best = max((sums["received"] for sums in days.values()), default=0) or 1
    return [
        Day(on, sums["count"], sums["received"], sums["refunded"], sums["disputed"], sums["received"] * 100 // best)
        for on, sums in sorted(days.items(), reverse=True)
    ]


def open_figures() -> list[Open]:
    """Return what waits: unpaid orders, refunds, disputes, money without a place, differences."""
    pending = Order.objects.pending().aggregate(count=Count("pk"), fen=Sum("amount_fen", default=0))
    waiting = Attention.objects.open()
    kinds = Attention.Kind
    return [
        Open("待支付订单", pending["count"], pending["fen"], "order:index", "status=PENDING"),
        Open("待决定的退款", Refund.objects.requested().count(), None, "refund:index", "status=REQUESTED"),
        Open("退款中", *_count_and_sum(Refund.objects.filter(status="APPROVED")), "refund:index", "status=APPROVED"),
        Open("处理中的争议", *_count_and_sum(Dispute.objects.filter(status="OPEN")), "dispute:index", "status=OPEN"),
        *(
            Open(
                f"待处理：{kind.label}",
                waiting.filter(kind=kind).count(),
                None,
                "attention:index",
                f"state=open&kind={kind}",
            )
            for kind in kinds
        ),
    ]


def _count_and_sum(rows: "object") -> tuple[int, int]:
    found = rows.aggregate(count=Count("pk"), fen=Sum("amount_fen", default=0))  # type: ignore[attr-defined]  # any QuerySet with amounts
    return found["count"], found["fen"]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
