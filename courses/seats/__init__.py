"""Company seats, from the purchase to the first lesson. Source: docs/rules/seats.md."""

from courses.seats.claims import CONSENT, Invitation, claim, find, objection
from courses.seats.links import address, open_link, withdraw_link
from courses.seats.people import Person, invite_again, name_people, release, swap
from courses.seats.reminders import remind_due
from courses.seats.stewards import appoint
from courses.seats.stock import (
    begin,
    close_all,
    close_unused,
    expire_due,
    extend,
    in_study_count,
    make_seats,
    reclaim,
    unused_count,
)

__all__ = [
    "CONSENT",
    "Invitation",
    "Person",
    "address",
    "appoint",
    "begin",
    "claim",
    "close_all",
    "close_unused",
    "expire_due",
    "extend",
    "find",
    "in_study_count",
    "invite_again",
    "make_seats",
    "name_people",
    "objection",
    "open_link",
    "reclaim",
    "release",
    "remind_due",
    "swap",
    "unused_count",
    "withdraw_link",
]
