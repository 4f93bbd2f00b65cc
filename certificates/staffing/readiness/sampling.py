"""How many outlets an audit usually samples: information, not a promise. docs/rules/readiness.md, rule A17."""

from dataclasses import dataclass
from math import isqrt


@dataclass(frozen=True, slots=True)
class Sample:
    """Outlets to be visited besides the headquarters."""

    initial: int
    surveillance: int
    renewal: int


def sample(outlets: int) -> Sample:
    """Return the usual samples for so many outlets. Source: docs/rules/readiness.md, rule A17."""
    return Sample(_tenths_of_root(outlets, 10), _tenths_of_root(outlets, 6), _tenths_of_root(outlets, 8))


def _tenths_of_root(outlets: int, tenths: int) -> int:
    """Return ⌈tenths ÷ 10 × √outlets⌉ without a float."""
    square = tenths * tenths * outlets
    root = isqrt(square)
    return -(-(root + (root * root < square)) // 10)
