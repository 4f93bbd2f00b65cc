"""Coupons: made one by one or by the batch, tried out, used and stopped."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from courses.models import CoursePage
from lms.errors import DomainError
from lms.users.models import User
from payments import attention, discount
from payments.models import Coupon, Order

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read out or copied wrong
CODE_LENGTH = 10
LARGEST_BATCH = 2_000


class CouponRefused(DomainError):
    """Why this code takes nothing off here. Its message says which condition fails."""


class UnknownCoupon(CouponRefused):
    message = "没有这个优惠码，请核对后重新输入（不分大小写）。"


class CouponStopped(CouponRefused):
    message = "这个优惠码已经停用。可以不用优惠码下单，或联系给你优惠码的人。"


class CouponNotYet(CouponRefused):
    message = "这个优惠码还没有到使用时间。"


class CouponOver(CouponRefused):
    message = "这个优惠码已经过期。可以不用优惠码下单。"


class CouponOfAnother(CouponRefused):
    message = "这个优惠码不能在你的账号上使用：它限定了邮箱或企业。"


class CouponOfAnotherCourse(CouponRefused):
    message = "这个优惠码不适用于这门课程。"


class CouponUsedUp(CouponRefused):
    message = "这个优惠码的使用次数已经用完。可以不用优惠码下单。"


class BatchTooLarge(DomainError):
    message = f"一次可以建立 1 到 {LARGEST_BATCH} 个优惠码。"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a coupon takes off a price."""

    coupon: Coupon
    discount_fen: int


def normal(code: str) -> str:
    """Write a code the way it is stored: capitals, without blanks, hyphens and NULs, which PostgreSQL refuses."""
    return "".join(code.split()).replace("-", "").replace("\0", "").upper()[:40]


def offer(*, code: str, buyer: User, course: CoursePage, full_fen: int | None = None, now: datetime) -> Offer:
    """
    Say what a code would take off `full_fen`, the course's price if not given. It is decided again, under a lock, when
    the order is placed.

    Raises: CouponRefused, as its subclasses say. Source: docs/rules/money.md, rules P13 and P14.
    """
    coupon = Coupon.objects.filter(code=normal(code)).first()
    if coupon is None:
        raise UnknownCoupon
    return _offer(coupon, buyer, course, full_fen, now)


def claim(*, code: str, buyer: User, course: CoursePage, full_fen: int | None = None, now: datetime) -> Offer:
    """
    As `offer`, with the coupon's row locked until the transaction ends: the last use goes to one buyer.

    Raises: CouponRefused. Source: docs/rules/money.md, rule P14.
    """
    coupon = Coupon.objects.select_for_update().filter(code=normal(code)).first()
    if coupon is None:
        raise UnknownCoupon
    return _offer(coupon, buyer, course, full_fen, now)


@transaction.atomic
def create_batch(*, count: int, by: User, fields: Mapping[str, Any], now: datetime) -> list[Coupon]:
    """
    Make so many coupons of one kind with random codes. `fields` are the coupon's own; one batch has one name.

    Raises: BatchTooLarge. Source: docs/rules/money.md, rule P13.
    """
    if not 1 <= count <= LARGEST_BATCH:
        raise BatchTooLarge
    batch = f"{now:%y%m%d}-{secrets.token_hex(3)}" if count > 1 else ""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)))
    return Coupon.objects.bulk_create(
        Coupon(code=code, batch=batch, created_by=by, created_at=now, **fields) for code in sorted(codes)
    )


def create(*, code: str, by: User, fields: Mapping[str, Any], now: datetime) -> Coupon:
    """Make one coupon with a code of one's own choice. Source: docs/rules/money.md, rule P13."""
    return Coupon.objects.create(code=normal(code), created_by=by, created_at=now, **fields)


@transaction.atomic
def stop(*, coupon: Coupon, by: User, reason: str, now: datetime) -> Coupon:
    """
    Let nobody use the coupon any more; orders that hold it keep their price.

    Raises: CouponStopped, attention.ReasonMissing. Source: docs/rules/money.md, rule P13.
    """
    locked = Coupon.objects.select_for_update().get(pk=coupon.pk)
    if locked.stopped_at:
        raise CouponStopped
    if not reason.strip():
        raise attention.ReasonMissing
    locked.stopped_by, locked.stopped_at, locked.stopped_reason = by, now, reason.strip()[:200]
    locked.save(update_fields=["stopped_by", "stopped_at", "stopped_reason"])
    return locked


def _offer(coupon: Coupon, buyer: User, course: CoursePage, full_fen: int | None, now: datetime) -> Offer:
    _check_terms(coupon, buyer, course, now)
    held = Order.objects.holding(coupon)
    if coupon.max_uses is not None and held.count() >= coupon.max_uses:
        raise CouponUsedUp
    if coupon.max_uses_each is not None and held.of(buyer).count() >= coupon.max_uses_each:
        raise CouponUsedUp("你已经用过这个优惠码，不能再用。可以不用优惠码下单。")
    full = course.price_fen if full_fen is None else full_fen
    if coupon.kind == Coupon.Kind.PERCENT:
        return Offer(coupon, discount.percent_off(full_fen=full, percent=coupon.value))
    return Offer(coupon, discount.amount_off(full_fen=full, value_fen=coupon.value))


def _check_terms(coupon: Coupon, buyer: User, course: CoursePage, now: datetime) -> None:
    if coupon.stopped_at:
        raise CouponStopped
    if now < coupon.valid_from:
        raise CouponNotYet
    if coupon.valid_until and now >= coupon.valid_until:
        raise CouponOver
    if coupon.course and coupon.course.series != course.series:
        raise CouponOfAnotherCourse
    domain = buyer.email.rpartition("@")[2].lower()
    if coupon.only_email and coupon.only_email.lower() != buyer.email.lower():
        raise CouponOfAnother
    if coupon.only_domain and coupon.only_domain.lower().lstrip("@") != domain:
        raise CouponOfAnother
