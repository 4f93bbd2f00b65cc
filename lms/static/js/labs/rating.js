// The rating of clause 6 in whole numbers, so that nothing is rounded over a level. As courses/labs/rating.py, rule H9.
import { draw, fixed, read, say, show, start } from "./lab.js";

const STAFFING = 500;
const LADDER = [[9500, "FIVE"], [9000, "FOUR"], [8000, "THREE"], [7000, "PASSED"]];
const NAMES = { FAILED: "不合格", PASSED: "达标级", THREE: "三星级", FOUR: "四星级", FIVE: "五星级" };

const levelOf = (top, bottom) => LADDER.find(([least]) => top >= least * bottom)?.[1] ?? "FAILED";

// The fraction top/bottom, half up to a whole hundredth, but never over the edge of a level.
function shown(top, bottom) {
  const rounded = Math.floor((2 * top + bottom) / (2 * bottom));
  return levelOf(rounded, 1) === levelOf(top, bottom) ? rounded : rounded - 1;
}

// `top`/`bottom` is what was earned, `applicable` whole hundredths of a point.
function rate({ top, bottom, applicable, specials, hasBonus }) {
  const [baseTop, under] = [top * 10000, bottom * applicable];
  const final = baseTop + (hasBonus - specials) * 100 * under;
  const held = Math.min(10000 * under, Math.max(0, final));
  const level = specials >= 5 ? "FAILED" : levelOf(held, under);
  return { base: shown(baseTop, under), final: shown(held, under), level };
}

// `sections`: [{points, deleted, lost}] in hundredths of a point; null is not known, and then the whole answer is null.
export function simulate({ sections, required, held, specials, hasBonus }) {
  if (sections.some(({ deleted, lost }) => deleted === null || lost === null)) return null;
  const applicable = sections.reduce((sum, { points, deleted }) => sum + points - deleted, 0);
  const earned = sections.reduce((sum, { points, deleted, lost }) => sum + points - deleted - lost, 0);
  const missing = Math.max(0, required - held);
  const reading = (less) =>
    rate({ top: Math.max(0, earned * required - less), bottom: required, applicable, specials, hasBonus: Number(hasBonus) });
  return { applicable, proportional: reading(STAFFING * missing), worst: reading(missing ? STAFFING * required : 0) };
}

function scale(svg, found) {
  svg.replaceChildren();
  const x = (centi) => 14 + ((Math.max(centi, 6000) - 6000) / 4000) * 332;
  const steps = [[6000, "不合格"], [7000, "达标"], [8000, "三星"], [9000, "四星"], [9500, "五星"], [10000, ""]];
  for (let n = 0; n + 1 < steps.length; n += 1) {
    const [from, name] = steps[n];
    const to = steps[n + 1][0];
    draw(svg, "rect", { class: `step step${n}`, x: x(from), y: 46, width: x(to) - x(from) - 2, height: 18 });
    draw(svg, "text", { class: "tick", x: (x(from) + x(to)) / 2, y: 82, "text-anchor": "middle" }, name);
    if (n) draw(svg, "text", { class: "tick", x: x(from), y: 98, "text-anchor": "middle" }, String(from / 100));
  }
  const { proportional, worst } = found;
  draw(svg, "line", { class: "stick", x1: x(worst.final), x2: x(proportional.final), y1: 36, y2: 36 });
  draw(svg, "circle", { class: "best", cx: x(worst.final), cy: 36, r: 6 });
  draw(svg, "circle", { class: "here", cx: x(proportional.final), cy: 36, r: 7 });
  const right = x(proportional.final);
  draw(svg, "text", { class: "label", x: Math.min(Math.max(right, 40), 320), y: 20, "text-anchor": "middle" }, fixed(proportional.final / 100, 2));
}

start("rating", (root) => {
  const chart = root.querySelector("[data-chart=scale]");
  const bonus = root.querySelector("[name=bonus]");
  const codes = [...root.querySelectorAll("[data-section]")].map((row) => ({ code: row.dataset.section, points: Number(row.dataset.points) }));
  const none = { applicable: "—", base: "—", final: "—", level: "—", worst: "—", worstLevel: "—" };
  const stop = (text) => {
    chart.replaceChildren();
    show(root, none);
    say(root, text, { isLost: true });
  };
  const update = () => {
    const { values, fault } = read(root);
    if (fault) return stop(fault);
    const centi = (value) => (value === null ? null : Math.round(value * 100));
    const sections = codes.map(({ code, points }) => ({ code, points, deleted: centi(values[`deleted${code}`]), lost: centi(values[`lost${code}`]) }));
    const unknown = sections.filter(({ deleted, lost }) => deleted === null || lost === null).map(({ code }) => code);
    if (unknown.length) return stop(`${unknown.join("、")} 还有空着的格。空着是“还不知道”，不当作 0，所以先不出总分。请对照你手里的标准文本填。`);
    const over = sections.find(({ points, deleted, lost }) => deleted + lost > points);
    if (over) return stop(`${over.code} 一共 ${over.points / 100} 分，删减和扣分加起来不能超过它。`);
    const specials = values.specials;
    const found = simulate({ sections, required: values.required, held: values.held, specials, hasBonus: bonus.checked });
    const write = (amount) => fixed(amount / 100, 2);
    const { proportional, worst } = found;
    show(root, {
      applicable: write(found.applicable),
      base: write(proportional.base),
      final: write(proportional.final),
      level: NAMES[proportional.level],
      worst: write(worst.final),
      worstLevel: NAMES[worst.level],
    });
    scale(chart, found);
    const failed = specials >= 5 ? `特别扣分 ${specials} 项，满 5 项，无论多少分都不合格。` : "";
    const range =
      proportional.final === worst.final
        ? `评分 ${write(proportional.final)}，${NAMES[proportional.level]}。`
        : `缺 ${values.required - values.held} 名管理师：按比例读是 ${write(proportional.final)}（${NAMES[proportional.level]}），最坏全扣 5 分是 ${write(worst.final)}（${NAMES[worst.level]}）。自评报这个范围，不报一个数。`;
    say(root, failed + range, { isLost: proportional.level === "FAILED" });
  };
  root.addEventListener("input", update);
  update();
});
