"""Classical test theory, as pure functions of sums. Source: docs/rules/item-analysis.md, rules N3-N8."""

from dataclasses import dataclass
from math import atanh, exp, log, sqrt, tanh

Z = 1.959963984540054  # 97.5 % quantile of the normal distribution: all intervals are 95 %


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass
class Sums:
    """Running sums of pairs (x, y): all that means, variances and a correlation need."""

    count: int = 0
    x: float = 0.0
    xx: float = 0.0
    y: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    def add(self, x: float, y: float = 0.0) -> None:
        self.count += 1
        self.x += x
        self.xx += x * x
        self.y += y
        self.yy += y * y
        self.xy += x * y

    def merge(self, other: "Sums") -> None:
        """Take in the sums of other pairs."""
        self.count += other.count
        self.x += other.x
        self.xx += other.xx
        self.y += other.y
        self.yy += other.yy
        self.xy += other.xy

    @property
    def mean(self) -> float:
        """Return the mean of x. Raises: ZeroDivisionError without values."""
        return self.x / self.count

    @property
    def variance(self) -> float:
        """Return the variance of x with n - 1; 0 for fewer than two values."""
        if self.count < 2:
            return 0.0
        return max(0.0, (self.xx - self.x * self.x / self.count) / (self.count - 1))


def correlation(sums: Sums) -> float | None:
    """
    Correlate x and y; None if either does not vary.

    Source: docs/rules/item-analysis.md, rule N5.
    """
    n = sums.count
    if n < 2:
        return None
    spread_x, spread_y = sums.xx - sums.x * sums.x / n, sums.yy - sums.y * sums.y / n
    if spread_x <= n * 1e-12 or spread_y <= n * 1e-12:  # what rounding leaves of nothing
        return None
    return max(-1.0, min(1.0, (sums.xy - sums.x * sums.y / n) / sqrt(spread_x * spread_y)))


def correlation_interval(r: float, count: int) -> Interval | None:
    """Fisher's interval; None for fewer than four pairs or |r| = 1. Source: docs/rules/item-analysis.md, rule N5."""
    if count < 4 or abs(r) >= 1:
        return None
    half = Z / sqrt(count - 3)
    return Interval(tanh(atanh(r) - half), tanh(atanh(r) + half))


def wilson(right: float, count: int) -> Interval:
    """Wilson's interval of a share. Source: docs/rules/item-analysis.md, rule N4."""
    share, zz = right / count, Z * Z
    middle = (share + zz / (2 * count)) / (1 + zz / count)
    half = Z / (1 + zz / count) * sqrt(share * (1 - share) / count + zz / (4 * count * count))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def facility_interval(sums: Sums, *, is_dichotomous: bool) -> Interval:
    """
    Return the interval of a mean share of points x: Wilson's if all are 0 or 1, else by the standard error.

    Source: docs/rules/item-analysis.md, rule N4.
    """
    if is_dichotomous:
        return wilson(sums.x, sums.count)
    half = Z * sqrt(sums.variance / sums.count)
    return Interval(max(0.0, sums.mean - half), min(1.0, sums.mean + half))


@dataclass(frozen=True)
class Reliability:
    """Units: `error` is the standard error of measurement in points; the interval is of `value`."""

    value: float
    interval: Interval | None
    error: float


def alpha(*, items: int, item_variance: float, total_variance: float, count: int) -> Reliability | None:
    """
    Cronbach's α of a paper that everybody sat: `item_variance` is the sum over its items.

    Units: variances in points². Source: docs/rules/item-analysis.md, rule N8.
    """
    if items < 2 or total_variance <= 0:
        return None
    return _reliability(items / (items - 1) * (1 - item_variance / total_variance), items, total_variance, count)


def nested(*, items: int, error_variance: float, total_variance: float, count: int) -> Reliability | None:
    """
    Φ of papers that differ from person to person: questions nested in people.

    Units: variances in points². Source: docs/rules/item-analysis.md, rule N8.
    """
    if items < 2 or total_variance <= 0:
        return None
    return _reliability(1 - error_variance / total_variance, items, total_variance, count)


def _reliability(value: float, items: int, total_variance: float, count: int) -> Reliability:
    interval = None
    if count > 2 and value < 1:
        half = Z * sqrt(2 * items / ((items - 1) * (count - 2)))
        interval = Interval(1 - exp(log(1 - value) + half), 1 - exp(log(1 - value) - half))
    return Reliability(value=value, interval=interval, error=sqrt(total_variance * max(0.0, 1 - value)))
