"""A bank statement: read, looked at with proposals, written as a whole. Source: docs/rules/money.md, rule B6."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from lms.errors import DomainError
from lms.users.models import User
from payments import statement_reading, transfers
from payments.models import BankEntry, BankStatement, Order, Payment

Status = BankStatement.Status
NUMBER = re.compile(r"(?<!\d)\d{20}(?!\d)")


class NotDraft(DomainError):
    message = "这份流水已经导入或放弃，请刷新列表。"


class NothingNew(DomainError):
    message = "这份流水里没有新的到账：都已登记过，或者都是支出。"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One sum of a statement and what we think of it. `why` is for a person; `is_sure` is ticked beforehand."""

    serial: str
    booked_on: date
    amount_fen: int
    payer_name: str
    remark: str
    is_known: bool
    order: Order | None
    rest_fen: int
    why: str
    is_sure: bool


def load(*, content: bytes, name: str, by: User, now: datetime) -> BankStatement:
    """
    Read a statement and keep it as a draft; nothing is booked.

    Raises: statement_reading.StatementUnusable, NothingNew. Source: docs/rules/money.md, rule B6.
    """
    found = statement_reading.read(content)
    serials = [line.serial for line in found.lines]
    if BankEntry.objects.filter(serial__in=serials).count() == len(serials):
        raise NothingNew
    lines = [
        {
            "serial": line.serial,
            "booked_on": line.booked_on.isoformat(),
            "amount_fen": line.amount_fen,
            "payer_name": line.payer_name,
            "payer_account": line.payer_account,
            "remark": line.remark,
        }
        for line in found.lines
    ]
    return BankStatement.objects.create(
        name=name[:100],
        sha256=hashlib.sha256(content).hexdigest(),
        lines=lines,
        skipped=found.skipped,
        uploaded_by=by,
        uploaded_at=now,
    )


def proposals(statement: BankStatement) -> list[Proposal]:
    """Say for each sum which order it seems to be for, in a few queries. Source: docs/rules/money.md, rule B6."""
    lines: list[dict[str, Any]] = statement.lines
    known = set(
        BankEntry.objects.filter(serial__in=[line["serial"] for line in lines]).values_list("serial", flat=True)
    )
    numbers = {number for line in lines for number in numbers_in(line["remark"])}
    payers = {line["payer_name"] for line in lines if line["payer_name"]}
    by_number = {order.number: order for order in _orders().filter(number__in=numbers)}
    companies = list(_orders().pending().filter(company_title__in=payers))
    return [
        _proposal(line, is_known=line["serial"] in known, by_number=by_number, companies=companies) for line in lines
    ]


@transaction.atomic
def confirm(*, statement: BankStatement, chosen: Collection[str], by: User, now: datetime) -> dict[str, int]:
    """
    Write every new sum, and match those whose serial was chosen with the order that is proposed. All or nothing.

    Returns how many were matched, left for a person, and known before. Raises: NotDraft, and as transfers.record.
    Source: docs/rules/money.md, rule B6.
    """
    locked = BankStatement.objects.select_for_update().get(pk=statement.pk)
    if locked.status != Status.DRAFT:
        raise NotDraft
    done = {"matched": 0, "unmatched": 0, "known": 0}
    accounts = {line["serial"]: line["payer_account"] for line in locked.lines}
    for proposal in proposals(locked):
        if proposal.is_known:
            done["known"] += 1
            continue
        entry = transfers.record(
            serial=proposal.serial,
            booked_on=proposal.booked_on,
            amount_fen=proposal.amount_fen,
            payer_name=proposal.payer_name,
            payer_account=accounts[proposal.serial],
            remark=proposal.remark,
            statement=locked,
            by=by,
            now=now,
        )
        if proposal.order and proposal.serial in chosen:
            transfers.match(entry=entry, order=proposal.order, by=by, now=now)
            done["matched"] += 1
        else:
            done["unmatched"] += 1
    locked.status, locked.confirmed_at = Status.CONFIRMED, now
    locked.save(update_fields=["status", "confirmed_at"])
    return done


def discard(*, statement: BankStatement) -> None:
    """Throw a draft away. Raises: NotDraft."""
    if not BankStatement.objects.filter(pk=statement.pk, status=Status.DRAFT).update(status=Status.DISCARDED):
        raise NotDraft


def _orders() -> Any:
    return Order.objects.prefetch_related("payments")


def numbers_in(remark: str) -> list[str]:
    """Find what looks like our order numbers in what a payer wrote, spaces or not."""
    return NUMBER.findall("".join(remark.split()))


def _proposal(line: dict[str, Any], *, is_known: bool, by_number: dict[str, Order], companies: list[Order]) -> Proposal:
    named = {number: by_number[number] for number in numbers_in(line["remark"]) if number in by_number}
    order, why, is_sure = None, "", False
    if len(named) == 1:
        order = next(iter(named.values()))
        is_sure = order.status == Order.Status.PENDING and _rest(order) == line["amount_fen"]
        why = "附言里有订单号" if is_sure else "附言里有订单号，但金额与还差的不一致"
        if order.status != Order.Status.PENDING:
            why = f"附言里有订单号，但订单{order.get_status_display()}"
    elif len(named) > 1:
        why = "附言里有多张订单的号码"
    else:
        fits = [o for o in companies if o.company_title == line["payer_name"] and _rest(o) == line["amount_fen"]]
        if len(fits) == 1:
            order, why = fits[0], "户名和金额相符，附言里没有订单号"
    return Proposal(
        serial=line["serial"],
        booked_on=date.fromisoformat(line["booked_on"]),
        amount_fen=line["amount_fen"],
        payer_name=line["payer_name"],
        remark=line["remark"],
        is_known=is_known,
        order=order,
        rest_fen=_rest(order) if order else 0,
        why=why,
        is_sure=is_sure and not is_known,
    )


def _rest(order: Order) -> int:
    """What is missing, by the payments that are loaded: part-paid orders count what has come."""
    came = [p.received_amount or 0 for p in order.payments.all() if p.method == Payment.Method.BANK]
    return max(0, order.amount_fen - sum(came))
