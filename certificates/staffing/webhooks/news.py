"""Find what certificates and courses have left for companies to hear. Source: docs/rules/api.md, rules I11 and I12."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from certificates.models import Certificate, StatusChange
from certificates.staffing.models import Company, PersonCertificate, Training, WebhookEndpoint, WebhookEvent
from certificates.staffing.webhooks import events
from courses.models import SeatEvent

Kind = WebhookEvent.Kind
NEWS_FOR = timedelta(days=3)
A_ROUND = 500
CERTIFICATE_KINDS = (Kind.CERTIFICATE_ISSUED, Kind.CERTIFICATE_STATE_CHANGED)


def find(*, now: datetime) -> int:
    """
    Tell every company of certificates and seats what it has not been told; return how many things. May run twice.

    Five queries when there is nothing new, however many companies listen.
    """
    about_certificates, about_seats = listening(CERTIFICATE_KINDS), listening([Kind.SEAT_CLAIMED])
    found = 0
    if about_certificates:
        found += _changes(about_certificates, now) + _expiries(about_certificates, now)
    if about_seats:
        found += _claims(about_seats, now)
    return found


def listening(kinds: Iterable[WebhookEvent.Kind]) -> dict[int, Company]:
    """Return the companies with a live endpoint for one of these kinds, by key."""
    wanted = {kind.value for kind in kinds}
    live = WebhookEndpoint.objects.live().select_related("company")
    return {endpoint.company_id: endpoint.company for endpoint in live if wanted.intersection(endpoint.events)}


def _changes(companies: dict[int, Company], now: datetime) -> int:
    """Issues and later changes of status, in the order in which they happened."""
    links = _links(companies).annotate(row=F("certificate__changes"), at=F("certificate__changes__changed_at"))
    fresh = _untold(links.filter(at__gte=now - NEWS_FOR), "change:").order_by("row", "pk")[:A_ROUND]
    pairs = [(link, link.row) for link in fresh]
    rows = StatusChange.objects.in_bulk([pk for _, pk in pairs])
    for link, pk in pairs:
        change = rows[pk]
        is_issue = not change.from_status
        data = _facts(link, change.to_status) | {"changed_at": change.changed_at.isoformat(timespec="seconds")}
        if not is_issue:
            data |= {"from_state": change.from_status, "reason_class": change.reason_class}
        events.emit(
            company=companies[link.person.company_id],
            kind=Kind.CERTIFICATE_ISSUED if is_issue else Kind.CERTIFICATE_STATE_CHANGED,
            data=data,
            source=f"change:{pk}",
            happened_at=change.changed_at,
            now=now,
        )
    return len(pairs)


def _expiries(companies: dict[int, Company], now: datetime) -> int:
    """The day after the last one leaves no row: it is read from the date."""
    today = timezone.localdate(now)
    run_out = _links(companies).filter(
        certificate__valid_until__lt=today, certificate__valid_until__gte=today - NEWS_FOR
    )
    standing = run_out.exclude(certificate__status__in=Certificate.ENDED).annotate(row=F("certificate"))
    fresh = list(_untold(standing, "expiry:").order_by("pk")[:A_ROUND])
    for link in fresh:
        certificate = link.certificate
        midnight = timezone.make_aware(
            datetime.combine(certificate.valid_until + timedelta(days=1), time.min)
        )  # made aware at once
        at = midnight.isoformat(timespec="seconds")
        events.emit(
            company=companies[link.person.company_id],
            kind=Kind.CERTIFICATE_STATE_CHANGED,
            data=_facts(link, Certificate.State.EXPIRED)
            | {"changed_at": at, "from_state": certificate.status, "reason_class": ""},
            source=f"expiry:{certificate.pk}",
            happened_at=midnight,
            now=now,
        )
    return len(fresh)


def _claims(companies: dict[int, Company], now: datetime) -> int:
    """Seats that a company gave to its people, once these have accepted them."""
    own = Training.objects.filter(person__company__in=companies, seat__email=F("email"))
    steps = own.annotate(row=F("seat__events"), step=F("seat__events__kind"), at=F("seat__events__at"))
    taken = steps.filter(step=SeatEvent.Kind.TAKEN, at__gte=now - NEWS_FOR).filter(at__gte=F("assigned_at"))
    fresh = list(_untold(taken, "seat:").select_related("person", "seat__batch").order_by("row")[:A_ROUND])
    for training in fresh:
        events.emit(
            company=companies[training.person.company_id],
            kind=Kind.SEAT_CLAIMED,
            data={
                "training_id": training.pk,
                "person_id": training.person_id,
                "order_number": training.seat.batch.order_number,
                "claimed_at": training.at.isoformat(timespec="seconds"),
            },
            source=f"seat:{training.row}",
            happened_at=training.at,
            now=now,
        )
    return len(fresh)


def _links(companies: dict[int, Company]) -> QuerySet[PersonCertificate]:
    links = PersonCertificate.objects.standing().filter(person__company__in=companies)
    return links.select_related("person", "certificate")


def _untold(rows: QuerySet[Any], prefix: str) -> QuerySet[Any]:
    """Leave out what a company has been told: the event that bears the row's name is there."""
    name = Concat(Value(prefix), Cast(OuterRef("row"), CharField()), output_field=CharField())
    return rows.exclude(Exists(WebhookEvent.objects.filter(company=OuterRef("person__company"), source=name)))


def _facts(link: PersonCertificate, state: str) -> dict[str, object]:
    certificate = link.certificate
    return {
        "person_id": link.person_id,
        "certificate_number": certificate.number,
        "state": str(state),
        "issued_date": certificate.issued_date.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
    }
