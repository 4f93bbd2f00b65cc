"""Our account at the bank, which knows nothing of us, and what buyers and 财务 do about transfers."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from unittest.mock import patch

from payments import receipts, refunds, rescue, statements, transfers
from payments.models import Attention, BankEntry, Order, Payment, Refund

if TYPE_CHECKING:
    from tests.payments.schedules.story import Story

HEAD = "交易日期,交易流水号,借方金额,贷方金额,对方户名,附言\n"


@dataclass(frozen=True)
class Arrival:
    """What the bank books in, and which order the payer meant."""

    serial: str
    day: date
    fen: int
    payer: str
    remark: str
    order_pk: int

    @property
    def row(self) -> str:
        return f"{self.day},{self.serial},,{self.fen / 100:.2f},{self.payer},{self.remark}\n"


@dataclass
class Bank:
    story: "Story"
    arrivals: list[Arrival] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)

    @property
    def acts(self) -> dict:
        return {
            self.transfer_is_chosen: 3,
            self.transfer_is_dropped: 1,
            self.receipt_is_uploaded: 1,
            self.money_is_transferred: 5,
            self.statement_is_imported: 3,
            self.finance_records_by_hand: 2,
            self.finance_dies_while_matching: 1,
            self.finance_matches: 2,
            self.finance_sets_aside: 1,
            self.finance_closes_what_is_part_paid: 1,
            self.finance_returns_money: 2,
            self.finance_sends_refund: 2,
            self.two_people_unlock: 2,
        }

    # --- the buyer ----------------------------------------------------------------------------------------------
    def transfer_is_chosen(self) -> None:
        transfers.choose(order=self.story.any_order(), by=self.story.buyer, now=self.story.now)

    def transfer_is_dropped(self) -> None:
        transfers.drop(order=self.story.any_order(), by=self.story.buyer, now=self.story.now)

    def receipt_is_uploaded(self) -> None:
        receipts.add(order=self.story.any_order(), content=b"%PDF-1.7", by=self.story.buyer, now=self.story.now)

    def money_is_transferred(self) -> None:
        """All of it, a part, too much, once more; with the number of the order or without."""
        order, choice = self.story.any_order(), self.story.random.choice
        came = sum(arrival.fen for arrival in self.arrivals if arrival.order_pk == order.pk)
        rest = max(1, order.amount_fen - came)
        self.arrivals.append(
            Arrival(
                serial=f"{self.story.seed}B{len(self.arrivals)}",
                day=self.story.now.date(),
                fen=choice([rest, rest, rest, rest + 2_000, max(1, rest // 2), order.amount_fen]),
                payer=order.company_title or "王芳",
                remark=choice([order.number, f"培训费{order.number}", "", "培训费", "20200101000000000000"]),
                order_pk=order.pk,
            )
        )

    # --- 财务 ---------------------------------------------------------------------------------------------------
    def statement_is_imported(self) -> None:
        """From the first day on, so that most of it is known already."""
        content = (
            HEAD + "".join(arrival.row for arrival in self.arrivals) + f"{self.story.now.date()},OUT,5.00,,手续费,\n"
        )
        draft = statements.load(
            content=content.encode("gb18030"), name="流水.csv", by=self.story.staff, now=self.story.now
        )
        trusts_all = self.story.random.random() < 0.3
        chosen = {line.serial for line in statements.proposals(draft) if line.is_sure or trusts_all}
        statements.confirm(statement=draft, chosen=chosen, by=self.story.staff, now=self.story.now)

    def finance_records_by_hand(self) -> None:
        """Perhaps a sum that was imported before: the serial says so."""
        arrival = self.story.random.choice(self.arrivals)
        entry = transfers.record(
            serial=arrival.serial,
            booked_on=arrival.day,
            amount_fen=arrival.fen,
            payer_name=arrival.payer,
            by=self.story.staff,
            now=self.story.now,
        )
        self._match(entry)

    def finance_matches(self) -> None:
        self._match(self.story.random.choice(list(BankEntry.objects.order_by("pk"))))

    def finance_dies_while_matching(self) -> None:
        with patch("payments.access.open_for", side_effect=IndexError("the process is gone")):
            self.finance_matches()

    def finance_sets_aside(self) -> None:
        entry = self.story.random.choice(list(BankEntry.objects.order_by("pk")))
        transfers.set_aside(entry=entry, by=self.story.staff, reason="不是学费", now=self.story.now)

    def finance_closes_what_is_part_paid(self) -> None:
        order = self.story.random.choice(
            list(Order.objects.filter(payments__status="PROCESSING", payments__method="BANK"))
        )
        transfers.close_part_paid(order=order, by=self.story.staff, reason="余款不来", now=self.story.now)

    def finance_returns_money(self) -> None:
        rescue.return_money(item=self._matter(), by=self.story.staff, reason="退回", now=self.story.now)

    def finance_sends_refund(self) -> None:
        waiting = Refund.objects.filter(status="APPROVED", payment__method="BANK").order_by("pk")
        refund = self.story.random.choice(list(waiting))
        reference = f"{self.story.seed}OUT{refund.pk}"
        refunds.sent_by_bank(refund=refund, by=self.story.staff, reference=reference, now=self.story.now)
        self.sent[reference] = refund.amount_fen

    def two_people_unlock(self) -> None:
        item = self._matter()
        rescue.propose(item=item, by=self.story.staff, reason="买家还要", now=self.story.now)
        rescue.confirm(item=item, by=self.story.colleague, now=self.story.now)

    # --- at the end -------------------------------------------------------------------------------------------------
    def settle_down(self) -> None:
        """财务 reads the last statement and sends what was promised; buyers who have not paid in time do not pay."""
        if self.arrivals:
            self.story.attempt(self.statement_is_imported)
        while Refund.objects.filter(status="APPROVED", payment__method="BANK").exists():
            self.finance_sends_refund()

    @staticmethod
    def is_waited_for() -> bool:
        return Payment.objects.filter(method="BANK", status="OPEN").exists()

    def _match(self, entry: BankEntry) -> None:
        meant = next(arrival for arrival in self.arrivals if arrival.serial == entry.serial)
        order = Order.objects.get(pk=meant.order_pk)
        transfers.match(entry=entry, order=order, by=self.story.staff, now=self.story.now)

    def _matter(self) -> Attention:
        return self.story.random.choice(list(Attention.objects.open().filter(kind="MONEY").order_by("pk")))
