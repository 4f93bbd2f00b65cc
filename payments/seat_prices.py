"""The price table of seats as 财务 has set it. Source: docs/rules/money.md, rule P18."""

from courses.models import CoursePage
from payments import volume
from payments.models import VolumePrice
from payments.volume import Step, Tier


def tiers_of(course: CoursePage) -> list[Tier]:
    """Return the course's own rows, or those of every course if it has none."""
    rows = VolumePrice.objects.filter(course__series=course.series) | VolumePrice.objects.filter(course=None)
    found = list(rows.values_list("course", "from_quantity", "percent"))
    own = [row for row in found if row[0] is not None]
    return sorted(Tier(from_quantity, percent) for _, from_quantity, percent in own or found)


def table(course: CoursePage) -> list[Step]:
    """Return what a seat of this course costs, by quantity. Source: docs/rules/money.md, rule P18."""
    return volume.steps(price_fen=course.price_fen, tiers=tiers_of(course))


def unit_fen(course: CoursePage, quantity: int) -> int:
    """Return what each of so many seats costs now. Source: docs/rules/money.md, rule P18."""
    return volume.unit_fen(price_fen=course.price_fen, quantity=quantity, tiers=tiers_of(course))
