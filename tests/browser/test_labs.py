"""The labs' scripts against the pure rules over a grid, and all nine at work on one page under the site's policy."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route

from courses.blocks.labs import lab_context
from courses.labs import blueprint, complaint, gaps, kano, nps, parts, queueing, rating, seats
from courses.labs.defaults import BLUEPRINT, DIMENSIONS
from courses.labs.shelf import LABS

pytestmark = pytest.mark.browser

HERE = "http://labs.example"
STATIC = Path(settings.BASE_DIR) / "lms" / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
)


def all_labs() -> str:
    labs = "".join(render_to_string("courses/blocks/lab.html", lab_context(slug)) for slug in LABS)
    return (
        '<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>实验</title>'
        f'<link rel="stylesheet" href="/static/css/site.css"></head><body><main><h1>实验</h1><h2>九个</h2>{labs}</main>'
    )


@pytest.fixture
def labs(page: Page) -> Iterator[Page]:
    """One page with all the labs; files come from the disk, there is no server. Nothing may go wrong on it."""
    wrong: list[str] = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HERE)
        if not path.startswith("/static/"):
            route.fulfill(body=all_labs(), content_type="text/html", headers={"Content-Security-Policy": POLICY})
            return
        file = STATIC / path.removeprefix("/static/").partition("?")[0]
        route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.route(f"{HERE}/**", answer)
    page.goto(HERE)
    page.wait_for_function("[...document.querySelectorAll('[data-say]')].every((say) => say.textContent)")
    yield page
    assert wrong == []


def in_browser(page: Page, module: str, function: str, questions: list[Any]) -> list[Any]:
    """Put every question to a function of a lab's script, and return its answers."""
    answers: list[Any] = page.evaluate(
        """async ([path, name, questions]) => {
            const lab = await import(path);
            return questions.map((question) => lab[name](...question));
        }""",
        [f"/static/js/labs/{module}.js", function, [q if isinstance(q, list) else [q] for q in questions]],
    )
    return answers


def same(found: Any, wanted: Any) -> bool:
    return bool(found == pytest.approx(wanted, rel=1e-9, abs=1e-9))


def test_scripts_compute_what_the_rules_say(labs: Page):
    check_queue(labs)
    check_seats(labs)
    check_gaps(labs)
    check_kano(labs)
    check_blueprint(labs)
    check_rating(labs)
    check_complaint(labs)
    check_nps(labs)
    check_parts(labs)


def check_queue(page: Page) -> None:
    grid = [
        {"arrivals": arrivals, "rate": rate, "servers": servers}
        for arrivals, rate, servers in product((0.5, 5, 8, 9.5, 16, 40, 60), (1, 4.5, 10, 60), (1, 2, 3, 10))
    ]
    for question, found in zip(grid, in_browser(page, "queue", "solve", grid), strict=True):
        try:
            queue = queueing.solve(**question)
        except queueing.QueueGrows:
            assert found is None, question
            continue
        assert same(
            [found["load"], found["utilisation"], found["waitProbability"], found["waiting"], found["present"]],
            [queue.load, queue.utilisation, queue.wait_probability, queue.waiting, queue.present],
        ), question
        assert same([found["waitHours"], found["stayHours"]], [queue.wait_hours, queue.stay_hours]), question
        assert same(in_browser(page, "queue", "servedWithin", [[found, 0.25]]), [queue.served_within(0.25)])


def check_seats(page: Page) -> None:
    grid = [
        {"calls": calls, "handling": handling, "target": target, "within": within, "absent": absent}
        for calls, handling, target, within, absent in product(
            (1, 100, 240, 1200), (60, 180, 1800), (0.5, 0.8, 0.99), (0, 20), (0, 0.25, 0.4)
        )
    ]
    for question, found in zip(grid, in_browser(page, "seats", "staff", grid), strict=True):
        wanted = seats.staff(**question)
        assert (found is None) == (wanted is None), question
        if wanted:
            assert same(list(found.values()), list(asdict(wanted).values())), question


def check_gaps(page: Page) -> None:
    changed = [(0, 0, 0), (0.7, 10, -3), (2, -8, 0)]
    for better, weight, hours in changed:
        dimensions = [
            gaps.Dimension(
                name=d.name, expected=d.expected, perceived=d.perceived + better, weight=max(0, d.weight + weight)
            )
            for d in DIMENSIONS
        ]
        wanted = gaps.servqual(dimensions)
        found = in_browser(page, "gaps", "servqual", [[[asdict(d) for d in dimensions]]])[0]
        assert same(
            [*found["scores"], found["plain"], found["weighted"]], [*wanted.scores, wanted.plain, wanted.weighted]
        )
        assert found["first"] == wanted.first
        said = gaps.Hours(expected=3, believed=4 + hours, standard=8, delivered=6.5 - hours, promised=4)
        assert same(in_browser(page, "gaps", "fiveGaps", [asdict(said)])[0], list(gaps.five_gaps(said)))


def check_kano(page: Page) -> None:
    answers = [{"present": present, "absent": absent} for present, absent in product(range(5), repeat=2)]
    assert in_browser(page, "kano", "classify", answers) == [str(kano.classify(**answer)) for answer in answers]
    counts = [dict(zip("aomi", count, strict=True)) for count in product((0, 5, 40), repeat=4)]
    for count, found in zip(counts, in_browser(page, "kano", "coefficients", counts), strict=True):
        wanted = kano.coefficients(**count)
        assert (found is None) == (wanted is None), count
        if wanted:
            assert same([found["better"], found["worse"]], [wanted.better, wanted.worse]), count
            assert found["quarter"] == wanted.quarter, count


def check_blueprint(page: Page) -> None:
    words = ("", "有")
    odd = [
        blueprint.Step(
            evidence=evidence,
            customer=customer,
            front=front,
            back=back,
            support=back,
            is_fail_point=fails,
            remedy=front,
        )
        for evidence, customer, front, back, fails in product(words, words, words, words, (False, True))
    ]
    for steps in ([*BLUEPRINT], odd, []):
        wanted = blueprint.check(steps)
        told = [asdict(step) | {"wait": step.wait_minutes, "isFailPoint": step.is_fail_point} for step in steps]
        assert in_browser(page, "blueprint", "check", [[told]])[0] == {
            "lacks": [[place, str(lack)] for place, lack in wanted.lacks],
            "encounters": wanted.encounters,
            "visible": wanted.visible,
            "internal": wanted.internal,
            "wait": wanted.wait_minutes,
            "longest": wanted.longest_wait,
        }


def check_rating(page: Page) -> None:
    cases = list(product((0, 6_00), (0, 2_40, 8_95, None), (0, 7), (1, 3, 6, 7), (0, 2, 7), (0, 2, 5), (False, True)))
    questions = []
    for deleted, lost, more, required, held, specials, has_bonus in cases:
        told = [(40_00, 0, more), (35_00, deleted, lost), (25_00, 0, 1_50)]
        sections = [{"points": points, "deleted": away, "lost": less} for points, away, less in told]
        question = {"required": required, "held": held, "specials": specials, "hasBonus": has_bonus}
        questions.append({"sections": sections} | question)
    for question, found in zip(questions, in_browser(page, "rating", "simulate", questions), strict=True):
        wanted = rating.simulate(
            [
                rating.Section(code="", points_centi=s["points"], deleted_centi=s["deleted"], lost_centi=s["lost"])
                for s in question["sections"]
            ],
            required=question["required"],
            held=question["held"],
            specials=question["specials"],
            has_bonus=question["hasBonus"],
        )
        assert (found is None) == (wanted is None), question
        if wanted:
            readings = {"proportional": wanted.proportional, "worst": wanted.worst}
            assert found == {"applicable": wanted.applicable_centi} | {
                name: {"base": r.base_centi, "final": r.final_centi, "level": str(r.level)}
                for name, r in readings.items()
            }, question


def check_complaint(page: Page) -> None:
    story = lab_context("complaint")["story"]
    told = {"first": story["first"], "scenes": story["scenes"]}
    paths = [[], [0], *map(list, product(range(3), (0, 1), range(3), range(3), range(3)))]
    found = in_browser(page, "complaint", "walk", [[told, path] for path in paths])
    kept = ("outcome", "process", "manner", "hours", "yuan", "ending")
    wanted = [asdict(complaint.walk(path)) for path in paths]

    assert [{name: result[name] for name in kept} for result in found] == wanted


def check_nps(page: Page) -> None:
    names = ("promoters", "passives", "detractors")
    counts = [dict(zip(names, count, strict=True)) for count in product((0, 1, 20, 55, 2000), repeat=3)]
    for count, found in zip(counts, in_browser(page, "nps", "score", counts), strict=True):
        wanted = nps.score(**count)
        assert (found is None) == (wanted is None), count
        if wanted:
            assert same(list(found.values()), list(asdict(wanted).values())), count


def check_parts(page: Page) -> None:
    for yearly, order_cost, holding_cost in product((1, 1200, 3600), (25, 100), (0.5, 2, 6)):
        costs = {"yearly": yearly, "order_cost": order_cost, "holding_cost": holding_cost}
        told = {"yearly": yearly, "orderCost": order_cost, "holdingCost": holding_cost}
        best = parts.order_quantity(**costs)
        assert same(in_browser(page, "parts", "orderQuantity", [told])[0], best)
        found = in_browser(page, "parts", "yearlyCost", [told | {"quantity": 150}])[0]
        assert same(found, parts.yearly_cost(**costs, quantity=150))
    for lead_days, deviation in product((1, 4, 9), (0, 3, 4)):
        wanted = parts.reorder(daily=10, lead_days=lead_days, deviation=deviation, z=1.65)
        told = {"daily": 10, "leadDays": lead_days, "deviation": deviation, "z": 1.65}
        assert same(in_browser(page, "parts", "reorder", [told])[0], asdict(wanted))


def said(page: Page, slug: str, text: str) -> None:
    """Wait until a lab has said so."""
    page.locator(f"[data-lab={slug}] [data-say]", has_text=text).wait_for()


def test_labs_say_in_words_what_happens(labs: Page):
    said(labs, "queue", "平均等 24.0 分钟")
    labs.get_by_label("每小时来几位 λ", exact=True).fill("10")
    said(labs, "queue", "队伍会无限变长")
    labs.get_by_label("每小时来几位 λ", exact=True).fill("")
    said(labs, "queue", "“每小时来几位 λ”要填 0.5 到 60 之间的数。")
    slider = labs.get_by_label("每小时来几位 λ，滑块")
    slider.press("Home")
    assert labs.get_by_label("每小时来几位 λ", exact=True).input_value() == "0.5"

    said(labs, "seats", "最少 8 席")
    said(labs, "gaps", "加权总分 −0.63")
    said(labs, "kano", "归为“必备”")
    said(labs, "nps", "95% 区间 19 到 51")
    said(labs, "parts", "一次订 300 块最省")

    said(labs, "rating", "按比例读是 89.95（三星级），最坏全扣 5 分是 86.40（三星级）")
    labs.get_by_label("5.2，扣几分").fill("")
    said(labs, "rating", "空着是“还不知道”，不当作 0")

    said(labs, "blueprint", "还有 2 处要补")
    labs.get_by_role("button", name="改第 2 步").click()
    labs.get_by_label("有形展示", exact=True).fill("短信")
    said(labs, "blueprint", "还有 1 处要补")

    for _ in range(5):
        labs.locator("[data-lab=complaint] .lab-choice").first.click()
    assert labs.locator(".lab-scene").inner_text() == "顾客愿意再来"
