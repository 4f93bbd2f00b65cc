// The Net Promoter Score and its interval. The same sums as courses/labs/nps.py, rule H11.
import { draw, fixed, percent, read, say, show, start } from "./lab.js";

const Z = 1.96;
const MARGIN = 0.05;
const FEW = 30;
const whole = (value) => fixed(value).replace("-", "−").replace(/^−0$/, "0");

// Returns null if there are no answers.
export function score({ promoters, passives, detractors }) {
  const total = promoters + passives + detractors;
  if (!total) return null;
  const [p, d] = [promoters / total, detractors / total];
  const variance = p + d - (p - d) ** 2;
  const nps = 100 * (p - d);
  const margin = 100 * Z * Math.sqrt(variance / total);
  return {
    nps,
    low: Math.max(-100, nps - margin),
    high: Math.min(100, nps + margin),
    needed: Math.ceil((Z ** 2 * variance) / MARGIN ** 2),
    isSmall: total < FEW,
  };
}

function bar(svg, { promoters, passives, detractors }, found) {
  svg.replaceChildren();
  const total = promoters + passives + detractors;
  let left = 14;
  for (const [name, count] of [["贬损", detractors], ["中立", passives], ["推荐", promoters]]) {
    const width = (count / total) * 332;
    draw(svg, "rect", { class: `part part-${name === "贬损" ? "low" : name === "中立" ? "mid" : "high"}`, x: left, y: 12, width, height: 34 });
    if (width > 52) draw(svg, "text", { class: "part-name", x: left + width / 2, y: 34, "text-anchor": "middle" }, `${name} ${percent(count / total, 0)}`);
    left += width;
  }
  const x = (nps) => 14 + ((nps + 100) / 200) * 332;
  draw(svg, "line", { class: "axis", x1: 14, x2: 346, y1: 94, y2: 94 });
  for (const tick of [-100, -50, 0, 50, 100]) draw(svg, "text", { class: "tick", x: x(tick), y: 112, "text-anchor": "middle" }, whole(tick));
  draw(svg, "line", { class: "interval", x1: x(found.low), x2: x(found.high), y1: 94, y2: 94 });
  draw(svg, "circle", { class: "here", cx: x(found.nps), cy: 94, r: 7 });
  draw(svg, "text", { class: "label", x: Math.min(Math.max(x(found.nps), 30), 330), y: 78, "text-anchor": "middle" }, `NPS ${whole(found.nps)}`);
}

start("nps", (root) => {
  const chart = root.querySelector("[data-chart=bar]");
  const update = () => {
    const { values, fault } = read(root);
    if (fault) return say(root, fault, { isLost: true });
    const found = score(values);
    if (!found) {
      chart.replaceChildren();
      show(root, { nps: "—", interval: "—", needed: "—", total: "0 份" });
      return say(root, "三个数都是 0，没有问卷，算不出 NPS。", { isLost: true });
    }
    const total = values.promoters + values.passives + values.detractors;
    const interval = `${whole(found.low)} 到 ${whole(found.high)}`;
    show(root, { nps: whole(found.nps), interval, needed: `${fixed(found.needed)} 份`, total: `${fixed(total)} 份` });
    bar(chart, values, found);
    const small = found.isSmall ? `只有 ${total} 份，样本太小，这个区间也只是粗略的。` : "";
    const enough = total >= found.needed ? "问卷够了，误差在 ±5 点以内。" : `要把误差压到 ±5 点，得有 ${fixed(found.needed)} 份。`;
    say(root, `NPS ${whole(found.nps)}，95% 区间 ${interval}。和上期比，差别落在区间里就别庆祝，也别批评。${small}${enough}`);
  };
  root.addEventListener("input", update);
  update();
});
