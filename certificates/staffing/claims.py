"""Which employer counts a holder whom several have on their rosters. Source: docs/rules/companies.md, rule C10."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from certificates.staffing.models import Company, Employment, PersonCertificate
from certificates.staffing.register import KEYS_PER_QUERY, Known, holder_key

Stretch = tuple[date, date]
Rank = tuple[float, ...]
NO_CLAIM: Rank = (9,)  # not yet linked: whoever is, comes first


@dataclass(frozen=True, slots=True)
class Claim:
    """One employer's claim to a holder; the lowest rank counts."""

    holder: str
    person_pk: int
    is_mine: bool
    rank: Rank


class Claims:
    """All standing claims to some holders, seen from one company or one group. Two queries per 10,000 holders."""

    def __init__(self, companies: Collection[int], holders: Iterable[Known]) -> None:
        claims = [claim for batch in _batches(holders) for claim in _claims(batch, companies)]
        mine: dict[str, Rank] = {}
        for claim in claims:
            if claim.is_mine:
                mine[claim.holder] = min(claim.rank, mine.get(claim.holder, NO_CLAIM))
        others = {claim.person_pk: claim for claim in claims if not claim.is_mine}
        self._others: defaultdict[str, list[Stretch]] = defaultdict(list)
        self._taken: defaultdict[str, list[Stretch]] = defaultdict(list)
        for person_pk, stretch in _employments(others):
            claim = others[person_pk]
            self._others[claim.holder].append(stretch)
            if claim.rank < mine.get(claim.holder, NO_CLAIM):
                self._taken[claim.holder].append(stretch)

    def taken(self, holder: str) -> tuple[Stretch, ...]:
        """Return the days on which somebody else counts the holder, in order and apart from each other."""
        return tuple(_merged(self._taken[holder])) if holder in self._taken else ()

    def is_contested(self, holder: str, stretch: Stretch) -> bool:
        """Say whether another employer has the holder on its roster within a stretch of days."""
        return any(first <= stretch[1] and stretch[0] <= last for first, last in self._others.get(holder, ()))


def stretch_of(joined_on: date | None, left_on: date | None) -> Stretch:
    return joined_on or date.min, left_on or date.max


def _batches(holders: Iterable[Known]) -> Iterable[list[Known]]:
    every = list({one.pk: one for one in holders}.values())
    return [every[start : start + KEYS_PER_QUERY] for start in range(0, len(every), KEYS_PER_QUERY)]


def _claims(holders: list[Known], companies: Collection[int]) -> list[Claim]:
    accounts = {one.holder_pk for one in holders if one.holder_pk}
    orphans = [one.pk for one in holders if one.holder_pk is None]
    found = (
        PersonCertificate.objects.standing()
        .filter(Q(certificate__holder__in=accounts) | Q(certificate__in=orphans))
        .exclude(person__company__status=Company.Status.REJECTED)
        .values_list(
            "how",
            "linked_at",
            "person",
            "person__company",
            "person__company__status",
            "certificate__holder",
            "certificate__holder_name",
            "certificate__holder_id_masked",
        )
    )
    return [
        Claim(holder_key(pk, name, masked), person, company in companies, _rank(how, status, linked_at.timestamp()))
        for how, linked_at, person, company, status, pk, name, masked in found
    ]


def _rank(how: str, status: str, linked_at: float) -> Rank:
    if how == PersonCertificate.How.CONSENT:
        return (0, -linked_at)  # the last word of the person
    return (1, status != Company.Status.VERIFIED, linked_at)


def _employments(people: Collection[int]) -> Iterable[tuple[int, Stretch]]:
    every = sorted(people)
    for start in range(0, len(every), KEYS_PER_QUERY):
        batch = Employment.objects.filter(person__in=every[start : start + KEYS_PER_QUERY])
        for person, joined_on, left_on in batch.values_list("person", "joined_on", "left_on"):
            yield person, stretch_of(joined_on, left_on)


def _merged(stretches: list[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for first, last in sorted(stretches):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
