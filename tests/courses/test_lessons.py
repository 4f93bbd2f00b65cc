"""The lessons as written: the parts that docs/content.md asks for, and numbers that come out when recomputed."""

from datetime import date
from functools import cache
from math import comb, exp, factorial, floor, log, sqrt

import pytest
from django.conf import settings

from courses import survey
from courses.markup.lessons import Lesson, parse_lesson

CONTENT = settings.BASE_DIR / "courses" / "content"
FILES = {path.stem[3:]: path for path in sorted(CONTENT.glob("*/*.md"))}  # by slug


@cache
def lesson_of(slug: str) -> Lesson:
    return parse_lesson(FILES[slug].read_text(encoding="utf-8"))


@pytest.mark.parametrize("slug", FILES)
def test_lesson_keeps_the_rules_of_writing(slug):
    assert list(survey.lesson_faults(lesson_of(slug))) == []


def fixed(value: float, places: int) -> str:
    """Round half up as a reader with a calculator does; never down to a level line."""
    scale = 10**places
    return f"{floor(value * scale + 0.5 + 1e-9) / scale:.{places}f}"


def percent(part: float, whole: float, places: int = 0) -> str:
    return f"{fixed(100 * part / whole, places)}%"


def answered(calls: float, rate: float, seats: int, seconds: float = 20) -> float:
    """Share of calls taken within the seconds, by Erlang C; calls and rate are per hour."""
    load = calls / rate
    last = load**seats / factorial(seats) / (1 - load / seats)
    waits = last / (sum(load**n / factorial(n) for n in range(seats)) + last)
    return 1 - waits * exp(-(seats * rate - calls) * seconds / 3600)


EARNED = (40 - 2 - 5 * (1 - 4 / 6)) + (29 - 12 * 8 / 40) + (25 - 10 * 3 / 20)  # the sheet of 08-scoring-sheet
SCORE = EARNED / 94 * 100
SHIFT = ((100, 14), (240, 29), (160, 20), (60, 9))  # calls and seats by hour in "staffing-and-levers"
NUMBERS = {
    "standard-origin-and-use": [
        f"中间隔了 {(date(2012, 2, 1) - date(2011, 12, 30)).days} 天",
        f"4 × 95 ÷ 100 = {4 * 95 / 100:g} 分",
        f"2 × 90 ÷ 100 = {2 * 90 / 100:g}",
        fixed((95 - 88) * 0.9, 1),
    ],
    "organisation-and-resources": [
        f"3 × 60 = {(4 - 1) * 60} 公里",
        f"240 ÷ 60 + 1 = {240 // 60 + 1} 小时",
        f"3 ÷ 24 = {3 / 24:.1%}",
        f"1,200 × (85 + 60) = {1200 * (85 + 60):,} 元",
        f"72 × 1,600 = {1200 * 6 // 100 * 1600:,} 元",
        f"{1200 * 145 + 72 * 1600 + 20000:,} 元",
        f"2.5 × 50 = {2.5 * 50:g} 公里",
    ],
    "rules-to-culture": [
        f"41 ÷ 50 = {percent(41, 50)}",
        f"9 ÷ 50 = {percent(9, 50)}",
        f"6 ÷ 9 ≈ {percent(6, 9, 1)}",
        f"3 张，{percent(3, 50)}",
        f"6 ÷ 40 = {percent(6, 40)}",
        f"4 ÷ 6 ≈ {percent(4, 6, 1)}",
    ],
    "goods-service": [
        f"8 ÷ 40 = {percent(6 + 3 - 1, 40)}",
        fixed(80 / 97 * 100, 2),
        f"7 ÷ 50 = {percent(5 + 4 - 2, 50)}",
        f"85.5 ÷ 95 × 100 = {fixed(85.5 / 95 * 100, 1)}",
        f"85.5 + 4.75 = {85.5 + 4.75:g}",
    ],
    "customer-service": [
        f"27 件 ÷ 9,000 单 = {fixed(27 / 9, 1)} 件／千单",
        f"54 件 ÷ 27,000 单 = {fixed(54 / 27, 1)} 件／千单",
        f"260 ÷ 2,000 = {percent(260, 2000)}",
        f"234 ÷ 260 = {percent(234, 260)}",
        f"2,000 − 260 = {2000 - 260:,} 份",
        f"40 ÷ 8 = {40 / 8:.1f}，60 ÷ 15 = {60 / 15:.1f}",
    ],
    "scoring-sheet": [
        f"5 × 4 ÷ 6 = {fixed(5 * 4 / 6, 2)}",
        fixed(EARNED, 2),
        f"86.43 ÷ 94 × 100 = {fixed(SCORE, 2)}",
        f"91.95 − 2 = {fixed(SCORE - 2, 2)}",
        f"88.40 − 2 = {fixed((EARNED - 5 * 4 / 6) / 94 * 100 - 2, 2)}",
        fixed((EARNED - 5 * 4 / 6) / 94 * 100 - 2 + 1, 2),
        f"(90 + 2) × 94 ÷ 100 = {fixed(92 * 94 / 100, 2)}",
        fixed((EARNED + 5 / 6) / 94 * 100 - 2, 2),
        fixed((EARNED + 2) / 94 * 100 - 2, 2),
        f"− 1 = {fixed((EARNED + 5 / 6 + 2) / 94 * 100 - 1, 2)}",
        f"(80 + 1) × 92 ÷ 100 = {fixed(81 * 92 / 100, 2)}",
        f"90.25 ÷ 95 × 100 = {fixed(90.25 / 95 * 100, 1)}",
    ],
    "who-holds-control": [
        f"最长静默 {max(4 - 2, 15 - 4, 20 - 15)} 分钟",
        f"最长静默 {max(6 - 2, 10 - 6, 14 - 10, 18 - 14, 20 - 18)} 分钟",
        f"最大是 {max(3, 15 - 3, 22 - 15, 30 - 22)}",
    ],
    "critical-incidents": [
        f"51 ÷ 60 = {percent(51, 60)}",
        f"20 ÷ 36 ≈ {percent(20, 20 + 9 + 4 + 3, 1)}",
        f"20 ÷ 28 ≈ {percent(20, 28, 1)}",
        f"8 ÷ 24 ≈ {percent(8, 8 + 9 + 7, 1)}",
        f"28 ÷ 60，所以 {percent(28, 60, 1)}",
        f"18 ÷ 30 = {percent(18, 30)}",
        f"18 ÷ 24 = {percent(18, 24)}",
    ],
    "blueprint-to-standard": [
        f"142 ÷ 200 = {percent(142, 200)}",
        f"172 ÷ 200 = {percent(172, 200)}",
        f"37 ÷ 58 ≈ {percent(37, 200 - 142, 1)}",
        f"100 − 12 = {100 - 12} 位",
        f"100 − 15 = {100 - 15}",
    ],
    "servicescape-and-theatre": [
        f"14 ÷ 40 = {percent(14, 40)}",
        f"120 × 25% = {120 * (14 - 4) // 40} 次",
        f"8 × 2 × 45 = {8 * 2 * 45} 米",
        f"180 + 240 = {3 * 2 * 30 + 8 * 2 * 15} 米",
        f"40 趟少走 {(6 - 2) * 2 * 40} 米",
    ],
    "promise-enable-deliver": [
        f"16 ÷ 40 = {percent(16, 40)}",
        f"= {percent(0.7 * 0.82 + 0.3 * 0.61, 1, 1)}",
        f"≈ {fixed(600 * (1 - 0.7 * 0.82 - 0.3 * 0.61), 0)} 通",
        f"= {percent(0.85 * 0.82 + 0.15 * 0.61, 1, 2)}",
        f"≈ {fixed(600 * (1 - 0.85 * 0.82 - 0.15 * 0.61), 0)} 通",
        f"省 {8 * 9000:,} 元",
        f"500 × 25% = {fixed(500 * (1 - 0.75 * 0.8 - 0.25 * 0.6), 0)}",
    ],
    "peak-and-end": [
        f"都是 {sum((6, 6, 3, 7, 2))}，平均都是 {sum((3, 2, 6, 6, 7)) / 5:g}",
        f"(2 + 7) ÷ 2 = {(2 + 7) / 2}",
        f"2 × (2 + 1) = {2 * (2 + 1)} 小时",
        f"(2 + 6) ÷ 2 = {(2 + 6) / 2}",
    ],
    "one-in-ten": [f"4 ÷ 41 ≈ {percent(4, 41, 1)}", f"5 × 2 ÷ 3 ≈ {fixed(10 / 3, 2)}"],
    "service-encounter": [f"约为 {percent(0.98**6, 1, 1)}", f"约为 {percent(0.99**6, 1, 1)}"],
    "service-blueprint": [f"1 − 50 ÷ 180 ≈ {percent(130, 180, 1)}"],
    "certification-path": [f"√20 ≈ {fixed(sqrt(20), 2)}"],
    "little-as-ruler": [
        f"84 ÷ 6 = {84 // 6} 天",
        f"24 ÷ 2.4 = {fixed(24 / 2.4, 0)} 天",
        f"6 × 10 = {6 * 10} 台",
        f"1.5 × 14 = {fixed(1.5 * 14, 0)} 台",
    ],
    "promise-a-time": [
        f"0.8³ = 0.512，即 {percent(0.8**3, 1, 1)}",
        f"0.8¹⁰ ≈ {percent(0.8**10, 1, 1)}",
        f"0.8¹¹ ≈ {percent(0.8**11, 1, 1)}",
        f"约 {fixed(60 * log(10) / 3, 0)} 分钟",
        f"0.75³ ≈ {percent(0.75**3, 1, 1)}",
    ],
    "price-of-variability": [
        f"Wq = 1.84 ÷ 2.4 小时 = {fixed(60 * 0.64 * (1 + 60 / 400) / 0.4 / 2.4, 0)} 分钟",
        f"Wq = 3.2 ÷ 2.4 小时 = {fixed(60 * 0.64 * (1 + 400 / 400) / 0.4 / 2.4, 0)} 分钟",
    ],
    "staffing-and-levers": [
        f"依次是 {'、'.join(percent(answered(calls, 10, seats), 1, 1) for calls, seats in SHIFT)}",
        f"29 ÷ (1 − 25%) = {fixed(29 / 0.75, 1)}",
    ],
    "spare-parts": [
        f"√90,000 = {fixed(sqrt(2 * 3600 * 25 / 2), 0)} 块",
        f"1.65 × 4 × √9 = {fixed(1.65 * 4 * sqrt(9), 1)}",
        f"32 + 9.9 = {fixed(8 * 4 + 1.65 * 3 * sqrt(4), 1)}",
    ],
    "uptime-and-prevention": [
        f"490 ÷ (490 + 5) ≈ {percent(490, 495, 2)}",
        f"980 ÷ (980 + 10) ≈ {percent(980, 990, 2)}",
        f"520 ÷ 525 ≈ {percent(520, 525, 2)}",
    ],
    "nps-ces-acsi": [
        f"±{fixed(196 * sqrt((0.9 - 0.3**2) / 100), 1)}",
        f"±{fixed(196 * sqrt((0.5 - 0.3**2) / 100), 1)}",
        f"±{fixed(196 * sqrt((0.9 - 0.3**2) / 400), 1)}",
    ],
    "complaints-to-causes": [
        f"合计 {84 * 80 + 60 * 260 + 36 * 150 + 24 * 100 + 20 * 300 + 16 * 50:,} 元",
        f"15,600 ÷ 36,920 ≈ {percent(15600, 36920, 1)}",
    ],
    "on-site-and-sampling": [f"≈ {percent(comb(34, 7), comb(40, 7), 1)}"],
    "tenders-data-impartiality": [f"28 ÷ 30 × 100 ≈ {fixed(2800 / 30, 1)} 万元"],
    "recall-and-liability": [
        f"4 ÷ 2,400 × 10,000 ≈ {fixed(4 / 2400 * 10000, 1)} 起",
        f"2,016 ÷ 2,400 = {percent(1944 + 72, 2400)}",
    ],
}


@pytest.mark.parametrize(("slug", "shown"), [(slug, text) for slug, texts in NUMBERS.items() for text in texts])
def test_lesson_shows_the_recomputed_number(slug, shown):
    assert shown in survey.text_of(lesson_of(slug))
