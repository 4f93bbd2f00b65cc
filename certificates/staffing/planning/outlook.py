"""The forecast of a company's own roster: its line, its audits, what is supposed, and the drawing of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from certificates.staffing.live import LiveRoster
from certificates.staffing.planning import chart, timeline, whatif
from certificates.staffing.planning.timeline import Span
from certificates.staffing.planning.whatif import Change
from certificates.staffing.ratio import Person
from certificates.staffing.readiness import cycles
from certificates.staffing.readiness.cycle import Due


@dataclass(frozen=True, slots=True)
class AuditDay:
    """One audit day and what the line says of it."""

    number: int
    name: str
    due: Due
    span: Span | None
    latest_span: Span | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the page shows. `known` is the line without suppositions, the same as `line` if there are none."""

    people: tuple[Person, ...]
    known: tuple[Span, ...]
    line: tuple[Span, ...]
    audits: tuple[AuditDay, ...]
    chart: chart.Chart

    @property
    def short(self) -> Span | None:
        return timeline.first_short(self.line)

    @property
    def known_short(self) -> Span | None:
        return timeline.first_short(self.known)

    @property
    def needed(self) -> int:
        return timeline.people_needed(self.line)

    def reasons(self, spans: Iterable[Span]) -> list[tuple[Span, tuple[str, ...]]]:
        """Say what began each of some spans of the line."""
        before = dict(zip(self.line[1:], self.line, strict=False))
        return [
            (span, timeline.reasons(self.people, before[span], span) if span in before else ("基准日",))
            for span in spans
        ]


def look_ahead(*, roster: LiveRoster, audits: Sequence[Due], as_of: date, changes: Sequence[Change] = ()) -> Outlook:
    """Forecast a roster over 36 months, with suppositions or without. Source: docs/rules/planning.md, rules F1-F3."""
    known = timeline.spans(roster.people, as_of)
    people: Sequence[Person] = roster.people
    line = known
    if changes:
        people = whatif.suppose(people, changes, valid_years=settings.CERTIFICATE_VALID_YEARS)
        line = timeline.spans(people, as_of)
    days = tuple(
        AuditDay(
            number,
            cycles.NAMES[due.event],
            due,
            timeline.span_on(line, due.day),
            timeline.span_on(line, due.latest) if due.latest else None,
        )
        for number, due in enumerate(audits, start=1)
    )
    drawn = chart.draw(line, [day.due.day for day in days], known if changes else None)
    return Outlook(tuple(people), known, line, days, drawn)
