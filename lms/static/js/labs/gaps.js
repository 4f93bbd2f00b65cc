// SERVQUAL and the five gaps. The same sums as courses/labs/gaps.py, rules H4 and H5.
import { axes, draw, fixed, make, read, say, show, signed, start } from "./lab.js";

// `dimensions`: [{expected, perceived, weight}]. Returns null without any weight.
export function servqual(dimensions) {
  const weights = dimensions.reduce((sum, dimension) => sum + dimension.weight, 0);
  if (weights <= 0) return null;
  const scores = dimensions.map((dimension) => dimension.perceived - dimension.expected);
  const parts = dimensions.map((dimension, n) => (scores[n] * dimension.weight) / weights);
  const least = Math.min(...parts);
  return {
    scores,
    plain: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    weighted: parts.reduce((sum, part) => sum + part, 0),
    first: least < 0 ? parts.indexOf(least) : null,
  };
}

export const fiveGaps = ({ expected, believed, standard, delivered, promised }) => [
  believed - expected,
  standard - believed,
  delivered - standard,
  delivered - promised,
  delivered - expected,
];

const CAUSES = [
  "管理者以为的比顾客要的慢：先去问顾客",
  "规范写得比自己以为的还松：把规范改成可以量的数",
  "规范写了，没有做到：查人手、备件和监督",
  "说的比做的快：改承诺，或者先把做的提上来",
];

function dumbbells(svg, names, dimensions, quality) {
  const rows = names.length;
  const at = axes(svg, {
    x: [1, 7],
    y: [rows, 0],
    ticksX: [1, 2, 3, 4, 5, 6, 7].map((n) => [n, String(n)]),
    ticksY: names.map((name, n) => [n + 0.5, name]),
    nameX: "打分（七分制）",
    nameY: "○ 期望　● 感知",
    left: 56,
  });
  dimensions.forEach(({ expected, perceived }, n) => {
    const y = at.y(n + 0.5);
    const isShort = quality.scores[n] < 0;
    draw(svg, "line", { class: isShort ? "stick short" : "stick", x1: at.x(expected), x2: at.x(perceived), y1: y, y2: y });
    draw(svg, "circle", { class: "hollow", cx: at.x(expected), cy: y, r: 6 });
    draw(svg, "circle", { class: isShort ? "dot short" : "dot", cx: at.x(perceived), cy: y, r: 6 });
    const text = signed(quality.scores[n], 1) + (quality.first === n ? " 先改" : "");
    draw(svg, "text", { class: "label", x: (at.x(expected) + at.x(perceived)) / 2, y: y - 9, "text-anchor": "middle" }, text);
  });
}

start("gaps", (root) => {
  const chart = root.querySelector("[data-chart=dumbbells]");
  const list = root.querySelector("[data-gaps]");
  const names = [...root.querySelectorAll("[data-dimension]")].map((row) => row.dataset.dimension);
  const update = () => {
    const { values, fault } = read(root);
    if (fault) return say(root, fault, { isLost: true });
    const dimensions = names.map((_, n) => ({
      expected: values[`expected${n}`],
      perceived: values[`perceived${n}`],
      weight: values[`weight${n}`],
    }));
    const quality = servqual(dimensions);
    if (!quality) return say(root, "五个权重都是 0：至少给一个维度分一点权重。", { isLost: true });
    show(root, { plain: signed(quality.plain, 2), weighted: signed(quality.weighted, 2), first: names[quality.first] ?? "没有" });
    dumbbells(chart, names, dimensions, quality);
    const gaps = fiveGaps(values);
    const widest = Math.max(...gaps.slice(0, 4));
    list.replaceChildren(
      ...gaps.slice(0, 4).map((gap, n) =>
        make("li", { className: gap > 0 ? "lab-short" : "" }, `差距 ${n + 1}：${signed(gap, 1)} 小时。${gap > 0 ? CAUSES[n] : "这一段没有拖后腿"}。`),
      ),
    );
    const total = dimensions.reduce((sum, { weight }) => sum + weight, 0);
    const scaled = total === 100 ? "" : `权重合计 ${fixed(total, total % 1 ? 1 : 0)}，已照比例折算。`;
    const first = quality.first === null ? "没有一维低于期望。" : `欠得最多的是${names[quality.first]}。`;
    const where = widest > 0 ? `到场时间上最宽的一段是差距 ${gaps.indexOf(widest) + 1}。` : "";
    say(root, `加权总分 ${signed(quality.weighted, 2)}，不加权 ${signed(quality.plain, 2)}。${scaled}${first}差距 5 是 ${signed(gaps[4], 1)} 小时，等于前三段之和。${where}`);
  };
  root.addEventListener("input", update);
  update();
});
