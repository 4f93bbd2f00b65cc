"""The numbers of the items, computed again from the pure rules and from the formulas of the lessons."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from math import ceil, comb, exp, factorial, floor, log, sqrt

import pytest
import yaml
from django.conf import settings

from certificates.staffing.ratio import arithmetic
from certificates.staffing.readiness import sampling, scoring

NUMBER = re.compile(r"−?\d[\d,]*(?:\.\d+)?")


def required(managers):
    return arithmetic.required_for(managers)


def staffing_points(held, managers):
    return arithmetic.points_centi(held=held, required=required(managers)) / 100


def score(earned, applicable, *, specials=0, has_bonus=False):
    part = scoring.Part(
        code="5",
        points_centi=100_00,
        applicable=Fraction(applicable * 100),
        earned=Fraction(str(earned)) * 100,
        by_clause=False,
    )
    return scoring.score(parts=[part], specials=specials, has_bonus=has_bonus).final_centi / 100


def initial(outlets):
    return sampling.sample(outlets).initial


def surveillance(outlets):
    return sampling.sample(outlets).surveillance


def renewal(outlets):
    return sampling.sample(outlets).renewal


def waits(load, seats):
    """Probability by Erlang C that a call has to wait."""
    last = load**seats / factorial(seats) / (1 - load / seats)
    return last / (sum(load**n / factorial(n) for n in range(seats)) + last)


def answered(calls, rate, seats, seconds=20):
    """Share of calls taken within the seconds, by Erlang C; calls and rate are per hour."""
    return 1 - waits(calls / rate, seats) * exp(-(seats * rate - calls) * seconds / 3600)


# The numbers of the key, in their order; what a key says after them is not a computed number.
COMPUTED = {
    "M1-0005": lambda: (40, 100 - 40 - 25, 25),
    "M1-0006": lambda: 7 + 6 + 2,
    "M1-0009": lambda: required(9 + 22),
    "M1-0012": lambda: staffing_points(6 - 1, 18 + 45),
    "M1-0013": lambda: score(84, 92),
    "M1-0014": lambda: score(91.2, 96, specials=1),
    "M1-0104": lambda: 2 + 2 + 3 + 2 + 2 + 4 + 3,
    "M1-0119": lambda: (date(2012, 2, 1) - date(2011, 12, 30)).days,
    "M1-0134": lambda: (5 - 1) * 55,
    "M1-0138": lambda: 100 * (3 + 2) / 50,
    "M1-0141": lambda: 800 * 90 + 800 * 0.05 * 1500 + 12000,
    "M1-0148": lambda: required(14 + 37),
    "M1-0149": lambda: required(20),
    "M1-0150": lambda: (required(40), required(41)),
    "M1-0151": lambda: staffing_points(5, 63),
    "M1-0152": lambda: (87 + 5 * 3 / 4, 87),
    "M1-0155": lambda: 6 - 1 - 1 - 1,
    "M1-0156": lambda: 400 * 0.15,
    "M1-0157": lambda: 5 * 4 / 6,
    "M1-0158": lambda: min(5, 5 * 9 / 5),
    "M1-0186": lambda: 100 * (12 + 9 - 5) / 80,
    "M1-0187": lambda: (83.4, 80 / 96 * 100),
    "M1-0188": lambda: (84 - 6) / 94 * 100,
    "M1-0190": lambda: (35, 6),
    "M1-0198": lambda: (45 / 15, 66 / 30),
    "M1-0199": lambda: 100 * 12 / 40,
    "M1-0200": lambda: (360, 100 * 324 / 360, 100 * 360 / 3000),
    "M1-0203": lambda: 100 * 3 / 20,
    "M1-0210": lambda: score(81.6, 96),
    "M1-0212": lambda: score(83.72, 92, specials=1, has_bonus=True),
    "M1-0214": lambda: 5,
    "M1-0215": lambda: (90 + 1) * 95 / 100,
    "M1-0216": lambda: score(84.6, 94, specials=1),
    "M1-0217": lambda: 1,
    "M1-0219": lambda: (85 / 92 * 100, 85 / 95 * 100),
    "M1-0225": lambda: required(17 + 56),
    "M1-0226": lambda: 5 * 4 / 7,
    "M1-0228-1": lambda: required(16 + 38),
    "M1-0228-2": lambda: 5 - 1,
    "M1-0228-3": lambda: (5 * 4 / 6, 86 + 5 * 4 / 6),
    "M1-0229-1": lambda: 100 - 5,
    "M1-0229-2": lambda: (37 + 27.6 + 23.4) / 95 * 100 - 2,
    "M1-0229-4": lambda: (37 + 27.6 + 23.4) / 95 * 100 - 1,
    "M1-0230-2": lambda: (100 * 38 / 50, 100 * 4 / 50),
    "M1-0234": lambda: score(83.6, 95),
    "M1-0235": lambda: 40 + 35 + 25,
    "M1-0238": lambda: required(23 + 34 + 58) - 8,
    "M1-0239": lambda: 5 - staffing_points(9, 126),
    "M1-0240": lambda: score(83.3, 98, specials=3),
    "M1-0241": lambda: (90 + 2 - 1) * 90 / 100,
    "M1-0242": lambda: 100 * 9 / (60 - 45),
    "M1-0243": lambda: 4 * 84 / 96,
    "M1-0244": lambda: 36 / 12 - 45 / 18,
    "M1-0245": lambda: 60 * (210 / 50 + 1 - 4),
    "M1-5003": lambda: required(4 + 3),
    "M1-5004": lambda: (87 + staffing_points(3, 38), 87),
    "M1-5014": lambda: 15 - 6 - 2,
    "M1-5018": lambda: required(99),
    "M1-5019": lambda: required(3),
    "M1-5020": lambda: score(86.4, 96),
    "M1-5021": lambda: 2 * 4 / 20,
    "M1-5022": lambda: 91 - 2 + 1,
    "M1-5114": lambda: 130 / 52 + 0.5,
    "M1-5119": lambda: required(80),
    "M1-5120": lambda: required(22 + 69),
    "M1-5121": lambda: 5 - 5 * 6 / 8,
    "M1-5123": lambda: next(n for n in range(1, 50) if required(58 + n) > 6),
    "M1-5128": lambda: (100 * 6 / 30, 100 * 3 / 30),
    "M1-5134": lambda: 60 - (6 + 9 - 3),
    "M1-5135": lambda: (76 / 95 * 100, 77),
    "M1-5140": lambda: 120 / 8,
    "M1-5146": lambda: score(72, 90, specials=1),
    "M1-5147": lambda: (80 + 2) * 96 / 100,
    "M1-5149": lambda: 100,
    "M1-5154": lambda: required(35),
    "M1-5155-1": lambda: score(86.4, 96),
    "M1-5155-3": lambda: score(86.4, 96, specials=2),
    "M1-5156-2": lambda: 1500 * 75 + 1500 * 0.04 * 900 + 15000,
    "M1-5156-3": lambda: 1500 * 0.04,
    "M1-5157": lambda: (80 + 1) * 92 / 100,
    "M1-5159": lambda: 1,
    "M1-5161": lambda: 24 / 12,
    "M2-0004": lambda: 1000 * 5,
    "M2-0005": lambda: 100 * 0.95**5,
    "M2-0007": lambda: (100 * (1 - 30 / 120), 100 * (1 - 20 / 120)),
    "M2-0105": lambda: 100 * 0.96**3,
    "M2-0106": lambda: 100 * 0.9**0.25,
    "M2-0120": lambda: max(6, 14, 5, 15),
    "M2-0130": lambda: 100 * 22 / 44,
    "M2-0138": lambda: 100 * (1 - 40 / 160),
    "M2-0139": lambda: (1 - 30 / 100) * 100 - (1 - 40 / 100) * 100,
    "M2-0143": lambda: 100 * (1 - 50 / 125),
    "M2-0149": lambda: (200 - 30, 100 * 170 / 200),
    "M2-0156": lambda: 45 * (7 - 3) * 2,
    "M2-0164": lambda: (20 - 10) * 8000,
    "M2-0169": lambda: (2 + 4) / 2,
    "M2-0172-4": lambda: 100 * (1 - 60 / 180),
    "M2-0173-1": lambda: 100 * 20 / 41,
    "M2-0173-2": lambda: 100 * 20 / 28,
    "M2-0174-1": lambda: 400 * (1 - (0.6 * 0.85 + 0.4 * 0.6)),
    "M2-0174-2": lambda: 400 * (1 - (0.6 * 0.85 + 0.4 * 0.6)) - 400 * (1 - (0.8 * 0.85 + 0.2 * 0.6)),
    "M2-0177-2": lambda: 80 * (18 - 5) / 50,
    "M2-0178": lambda: 100 * 0.97**5,
    "M2-0179": lambda: (9 - 4) * 2 * 25,
    "M2-5004": lambda: 800 * (1 - 0.98**5),
    "M2-5102": lambda: 500 * (1 - 0.97**4),
    "M2-5109": lambda: 100 * 36 / 40,
    "M2-5113": lambda: 100 * (1 - 65 / 240),
    "M2-5124": lambda: 100 * 63 / 75,
    "M2-5125": lambda: max(4, 9, 6, 6),
    "M2-5126": lambda: (3 + 7) / 2,
    "M3-0002": lambda: 60 / 12,
    "M3-0003": lambda: 60 * 0.8 / (15 - 12),
    "M3-0004": lambda: 60 * 0.95 / (10 - 9.5),
    "M3-0005": lambda: 60 * waits(15 / 10, 2) / (20 - 15),
    "M3-0007": lambda: 3600 * waits(100 / 20, 8) / (160 - 100),
    "M3-0008": lambda: 100 * 170 / 200,
    "M3-0103": lambda: 100 * 6 / (60 / 8),
    "M3-0105": lambda: 6 / (8 - 6),
    "M3-0106": lambda: 60 * (6 / 8) / (8 - 6),
    "M3-0107": lambda: (60 / (20 - 18), 60 / (20 - 19)),
    "M3-0108": lambda: 0.81 / (1 - 0.9) / 2,
    "M3-0110": lambda: 60 * (9 / 12) / (12 - 9),
    "M3-0116": lambda: 100 * 24 / (3 * 10),
    "M3-0117": lambda: 60 / (18 - 14),
    "M3-0118": lambda: 45 / 9,
    "M3-0119": lambda: 8 * 6,
    "M3-0120": lambda: 33 / (10 * 0.3),
    "M3-0121": lambda: (96 - 36 + 12 * 1) / 12,
    "M3-0122": lambda: 2 * 9,
    "M3-0129": lambda: 100 * exp(-5 * 24 / 60),
    "M3-0130": lambda: 8 * log(10),
    "M3-0131": lambda: 60 / (20 - 12),
    "M3-0135": lambda: 100 * 0.8**4,
    "M3-0137": lambda: 1,
    "M3-0138": lambda: 225 / 30**2,
    "M3-0139": lambda: 0.64 * (1 + 0.5) / (2 * 0.2),
    "M3-0140": lambda: 60 * (0.5625 * 2 / (0.5) - 0.5625 * 1.2 / (0.5)) / 3,
    "M3-0141": lambda: 0.8 / 0.2 * (0.5 + 0.5) / 2 * 15,
    "M3-0147": lambda: 80 * 3 / 60,
    "M3-0151": lambda: 100 * answered(120, 20, 8),
    "M3-0158": lambda: 25 + 25**0.5,
    "M3-0159": lambda: 30 / 0.75,
    "M3-0160": lambda: 4 * 30 - 110,
    "M3-0162": lambda: 36 + 2 * 36**0.5,
    "M3-0166": lambda: sqrt(2 * 800 * 50 / 20),
    "M3-0167": lambda: 1.65 * 3 * sqrt(4),
    "M3-0169": lambda: (30 + 60, 20 * 4 + 1.65 * 5 * 2),
    "M3-0174": lambda: 100 * 400 / 405,
    "M3-0175": lambda: 100 * 600 / 603,
    "M3-0176": lambda: 100 * 60 / 80,
    "M3-0177": lambda: 95 * 0.95,
    "M3-0182-1": lambda: 100 * 6 / (60 / 8),
    "M3-0182-2": lambda: 60 * 0.8 / (7.5 - 6),
    "M3-0182-3": lambda: 60 * 0.8 / (15 - 12),
    "M3-0183-1": lambda: 240 * 6 / 60,
    "M3-0183-2": lambda: ceil(24 + 24**0.5),
    "M3-0183-3": lambda: ceil(29 / 0.75),
    "M3-0183-4": lambda: ceil(20 + 20**0.5),
    "M3-0184-1": lambda: sqrt(2 * 3600 * 25 / 2),
    "M3-0186": lambda: floor(90 * 4 / 60) + 1,
    "M3-0187": lambda: ceil(6 * 16 + 1.28 * 2.5 * sqrt(16)),
    "M3-0188": lambda: 5000 * (1 - 392 / (392 + 8)),
    "M3-5001": lambda: 20 * 15 / 60,
    "M3-5003": lambda: 100 * 950 / 1000,
    "M3-5004": lambda: ceil(10 * 9 + 1.65 * 4 * sqrt(9)),
    "M3-5010": lambda: 60 * 0.7 / (20 - 14),
    "M3-5011": lambda: 100 * (1 - 0.8),
    "M3-5012": lambda: sqrt(2 * 1200 * 100 / 6),
    "M3-5101": lambda: 100 * (1 - 5 / 10),
    "M3-5102": lambda: 60 * 0.7 / (10 - 7),
    "M3-5105": lambda: 12 / (20 / 60),
    "M3-5106": lambda: 30 / (9 * 0.4),
    "M3-5107": lambda: 100 * (1 - 0.7),
    "M3-5108": lambda: 100 * exp(-3),
    "M3-5110": lambda: 0.81 * 2 / (2 * 0.1),
    "M3-5112": lambda: 45 * 4 / 60,
    "M3-5113": lambda: 100 * answered(60, 12, 6),
    "M3-5116": lambda: 24 / 0.8,
    "M3-5117": lambda: 12 * 5 + 15,
    "M3-5119": lambda: 100 * 285 / 300,
    "M3-5120": lambda: 200 + (200 - 150),
    "M3-5121-1": lambda: (100 * 490 / 500, 6000 * 0.02),
    "M3-5121-2": lambda: 100 * 156 / 200,
    "M3-5121-3": lambda: 100 * 490 / 495,
    "M3-5122": lambda: 100 * 12 / 15,
    "M3-5123": lambda: 15 * 4,
    "M3-5124": lambda: 100 * (9 / 12) ** 2,
    "M3-5125": lambda: 0.64 * 1.75 / 0.4,
    "M3-5126": lambda: 150 * 4 / 60,
    "M3-5128": lambda: sqrt(2 * 1800 * 80 / 20),
    "M3-5130": lambda: 6 * 5 * 4,
    "M3-5131-1": lambda: 100 * 9 / 12,
    "M3-5131-2": lambda: 60 / (12 - 9),
    "M3-5131-3": lambda: 100 * exp(-3 * 15 / 60),
    "M3-5131-4": lambda: 60 * log(10) / (12 - 11),
    "M4-0006": lambda: 0.1 * 0.5 - 0.4 * 1 - 0.2 * 0.5 - 0.1 * 0.5,
    "M4-0007": lambda: (30 + 30) / 100,
    "M4-0008": lambda: 100 * (90 - 40) / 200,
    "M4-0011": lambda: 8000 * 5 * (0.60 - 0.35) - 1500,
    "M4-0118": lambda: (6 + 6 + 5 + 6 - 7 - 6 - 6 - 7) / 4,
    "M4-0119": lambda: -0.4 * 1 - 0.2 * 0.5 - 0.1 * 0.5 + 0.1 * 1,
    "M4-0126": lambda: 4 + 5 + 4 + 4 + 5,
    "M4-0131": lambda: (20 + 40) / 100,
    "M4-0132": lambda: -(20 + 20) / (10 + 20 + 20 + 30),
    "M4-0139": lambda: (45 + 20) / 100,
    "M4-0142": lambda: 100 * (120 - 50) / 250,
    "M4-0143": lambda: 196 * sqrt((0.6 - 0.16) / 400),
    "M4-0153": lambda: 100 * (40 - 12) / 80,
    "M4-0158": lambda: 40 / (15 / 60),
    "M4-0169": lambda: 4000 * 5 * (0.45 - 0.20) - 800,
    "M4-0178": lambda: 500 * 0.04 * 180,
    "M4-0179": lambda: 600 * 0.06 * 200 - (600 * 0.02 * 200 + 4500),
    "M4-0182": lambda: 100 * 15 / 36,
    "M4-0190": lambda: 100 * (120 + 75) / 300,
    "M4-0192": lambda: (120 * 60, 24 * 300),
    "M4-0198-2": lambda: -0.4 * 1.4 - 0.2 * 0.6 - 0.1 * 0.2 + 0.1 * 0.7,
    "M4-0199-2": lambda: (40 + 100) / 200,
    "M4-0199-3": lambda: -(60 + 110) / 200,
    "M4-0200-1": lambda: 100 * (110 - 60) / 200,
    "M4-0200-2": lambda: 196 * sqrt(0.7875 / 200),
    "M4-0201-3": lambda: 8000 * 3 * (0.6 - 0.3) - 700,
    "M4-0203-1": lambda: 5.9 - 5.5,
    "M4-0203-2": lambda: (6.5 - 5.9, 6.1 - 4.7),
    "M4-0204": lambda: 100 * 24 * 350 / 42000,
    "M4-0205": lambda: 100 * sqrt(100 / 400),
    "M4-0206": lambda: 100 * (900 + 300) / 10000,
    "M4-5003": lambda: (5 + 5 + 6 + 5 - 7 - 6 - 7 - 6) / 4,
    "M4-5014": lambda: 100 * (55 - 20) / 100,
    "M4-5102": lambda: 6.4 - 5.2,
    "M4-5106": lambda: (0.6 * 0.4, 0.1 * 1.2),
    "M4-5109": lambda: -(35 + 40) / 100,
    "M4-5112": lambda: 100 * (60 - 75) / 150,
    "M4-5116": lambda: 240 * 0.75 * 0.5,
    "M4-5120": lambda: 100 * (2000 + 400) / (3000 * 4),
    "M4-5123": lambda: 4320 / (800 * 0.03),
    "M4-5127": lambda: 100 * 24 / 60,
    "M4-5129-1": lambda: 100 * 36 / 90,
    "M4-5129-2": lambda: 100 * 24 * 300 / (36 * 80 + 24 * 300 + 18 * 150 + 12 * 50),
    "M4-5130-1": lambda: 500 * 0.06 * 300,
    "M4-5130-2": lambda: 500 * 0.02 * 300 + 6000,
    "M4-5132": lambda: 100 * (30 - 6) / 50,
    "M4-5134": lambda: (30 + 50) / 100,
    "M4-5136": lambda: 2500 * 4 * 0.25 - 300,
    "M4-5137": lambda: 300 * 0.05 * 100,
    "M5-0007": lambda: 1 + initial(45),
    "M5-0126": lambda: initial(36),
    "M5-0127": lambda: surveillance(64),
    "M5-0128": lambda: (surveillance(37), ceil(0.6 * 7)),
    "M5-0130": lambda: 100 * comb(40, 5) / comb(50, 5),
    "M5-0131": lambda: 8 * 0.5,
    "M5-0132": lambda: ceil((9 * 0.5 + 2) / 2),
    "M5-0154": lambda: 5000 * (6 - 1) - 8000,
    "M5-0162": lambda: 28 / 30 * 100,
    "M5-0168": lambda: 27 / 30 * 200,
    "M5-0178": lambda: (6 / 3000) / (9 / 27000),
    "M5-0179": lambda: 100 * (1350 + 120) / 1800,
    "M5-0185-1": lambda: initial(45),
    "M5-0185-2": lambda: surveillance(45),
    "M5-0185-3": lambda: (initial(45) * 0.5 + 2, ceil((initial(45) * 0.5 + 2) / 2)),
    "M5-0187-1": lambda: 28 / 30 * 160,
    "M5-0187-2": lambda: 100 * 4 / 20,
    "M5-0190": lambda: renewal(55),
    "M5-0191": lambda: 2000 * (1 - 0.88) + 500 * (1 - 0.34),
    "M5-0192": lambda: 38 / 40 * 150,
    "M5-5003": lambda: (initial(50), surveillance(50), renewal(50)),
    "M5-5011": lambda: initial(36),
    "M5-5103": lambda: initial(30) * 0.5 + 2,
    "M5-5110": lambda: renewal(49),
    "M5-5111": lambda: initial(22) * 0.5 + 1.5,
    "M5-5118": lambda: 3000 * 4 - 2000,
    "M5-5127": lambda: 100 * 810 / 1200,
    "M5-5128-3": lambda: 4000 * 5 - 3000,
    "M5-5129-1": lambda: 100 * 6 / 30,
    "M5-5131": lambda: 2026 + 3,
    "M5-5132": lambda: initial(81),
    "M5-5133": lambda: surveillance(90),
    "M5-5134": lambda: 12,
    "M5-5136": lambda: 2500 * (8 - 2) - 4000,
    "M5-5137": lambda: 29 / 30 * 90,
    "M5-5139": lambda: 6 / 4000 * 10000,
}


@cache
def bank():
    """Every item and part of a case by its code."""
    found = {}
    for path in sorted((settings.BASE_DIR / "exams" / "content").glob("*/*.yaml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")):
            for one in [item, *item.get("parts", [])]:
                found[one["code"]] = one
    return found


def key_of(item: Mapping):
    answer = item["answer"]
    return item["options"]["ABCDEFGH".index(answer[0])] if "options" in item else str(answer)


def shown(value, like):
    """Write a value with as many decimals as the key has, rounded half up."""
    places = len(like.partition(".")[2])
    size = floor(abs(value) * 10**places + 0.5 + 1e-9) / 10**places
    return f"{'−' if value < 0 else ''}{size:.{places}f}"


@pytest.mark.parametrize("code", COMPUTED)
def test_key_of_the_item_is_the_computed_number(code):
    value = COMPUTED[code]()
    values = value if isinstance(value, tuple) else (value,)

    written = [number.replace(",", "") for number in NUMBER.findall(key_of(bank()[code]))][: len(values)]

    assert written == [shown(one, like) for one, like in zip(values, written, strict=True)]


def test_every_numeric_item_is_computed():
    numeric = {code for code, item in bank().items() if item["kind"] == "numeric"}

    assert numeric - COMPUTED.keys() == set()
