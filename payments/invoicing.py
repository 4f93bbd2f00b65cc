"""
The seam to a service that issues invoices: what we would ask it, what it answers, and the adapter for "people do it".

`settings.INVOICING_SERVICE` names a class with these two methods; payments.invoices calls it from a sweep and puts its
answers through the same checks as a person's upload. Source: docs/rules/money.md, rule F9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from payments.invoice_rules import Title


class ServiceUnavailable(Exception):  # named for the fact, as refusals are
    """The service did not answer or could not do it now; the text goes into the request's row, a later try follows."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One invoice to issue, or to reverse. `serial` is the idempotency key; `amount_fen` includes tax."""

    serial: str
    title: Title
    item: str
    quantity: int
    amount_fen: int
    email: str
    reverses: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """What came of it. `files` by format: PDF, OFD, XML."""

    number: str
    issued_on: date
    files: Mapping[str, bytes] = field(default_factory=dict)


class InvoicingService(Protocol):
    def issue(self, wanted: Wanted) -> Issued | None:
        """Issue once per serial, or None: a person has to. Raises: ServiceUnavailable."""

    def reverse(self, wanted: Wanted) -> Issued | None:
        """Issue the red invoice to `wanted.reverses`, once, or None: a person has to. Raises: ServiceUnavailable."""


class ManualInvoicing:
    """财务 issues in 电子税务局 and uploads what it gives out."""

    def issue(self, wanted: Wanted) -> None:  # noqa: ARG002  # nobody is asked
        return None

    def reverse(self, wanted: Wanted) -> None:  # noqa: ARG002
        return None


def service() -> InvoicingService:
    """Return the service that the settings name."""
    return cast(InvoicingService, import_string(settings.INVOICING_SERVICE)())
