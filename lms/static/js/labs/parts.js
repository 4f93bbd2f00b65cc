// Spare parts: how many, and when. The same sums as courses/labs/parts.py, rule H12.
import { axes, draw, fixed, path, read, say, show, start, ticks, yuan } from "./lab.js";

export const orderQuantity = ({ yearly, orderCost, holdingCost }) => Math.sqrt((2 * yearly * orderCost) / holdingCost);
export const yearlyCost = ({ yearly, orderCost, holdingCost, quantity }) =>
  (yearly / quantity) * orderCost + (quantity / 2) * holdingCost;

export function reorder({ daily, leadDays, deviation, z }) {
  const safety = z * deviation * Math.sqrt(leadDays);
  return { safety, point: daily * leadDays + safety };
}

function costs(svg, values, best) {
  const widest = Math.max(best * 3, values.quantity * 1.1);
  const least = yearlyCost({ ...values, quantity: best });
  const highest = Math.max(least * 2.2, yearlyCost(values) * 1.05);
  const at = axes(svg, {
    x: [0, widest],
    y: [0, highest],
    ticksX: ticks(widest),
    ticksY: ticks(highest),
    nameX: "每次订多少（块）",
    nameY: "一年的费用（元）",
    left: 52,
  });
  const amounts = Array.from({ length: 160 }, (_, n) => ((n + 1) / 160) * widest);
  const line = (kind, cost) => {
    const points = amounts.map((quantity) => [quantity, cost(quantity)]).filter(([, value]) => value <= highest);
    draw(svg, "path", { class: kind, d: path(points.map(([quantity, value]) => [at.x(quantity), at.y(value)])) });
  };
  line("thin", (quantity) => (values.yearly / quantity) * values.orderCost);
  line("thin", (quantity) => (quantity / 2) * values.holdingCost);
  line("curve", (quantity) => yearlyCost({ ...values, quantity }));
  draw(svg, "line", { class: "drop", x1: at.x(best), x2: at.x(best), y1: at.y(least), y2: at.box.bottom });
  draw(svg, "circle", { class: "best", cx: at.x(best), cy: at.y(least), r: 6 });
  draw(svg, "circle", { class: "here", cx: at.x(values.quantity), cy: at.y(yearlyCost(values)), r: 7 });
  draw(svg, "text", { class: "label", x: at.x(best), y: at.y(least) - 12, "text-anchor": "middle" }, `最省 ${fixed(best)}`);
}

// Stock over time as the sums think of it: used evenly, ordered at the point, there after the lead time.
function saw(svg, values, { safety, point }) {
  const cycle = values.quantity / values.daily;
  const days = cycle * 2.4;
  const highest = Math.max(safety + values.quantity, point) * 1.12;
  const at = axes(svg, {
    x: [0, days],
    y: [0, highest],
    ticksX: ticks(days),
    ticksY: ticks(highest),
    nameX: "天",
    nameY: "库存（块）",
    left: 52,
  });
  draw(svg, "rect", { class: "safety", x: at.box.left, y: at.y(safety), width: at.box.right - at.box.left, height: at.box.bottom - at.y(safety) });
  draw(svg, "line", { class: "target", x1: at.box.left, x2: at.box.right, y1: at.y(point), y2: at.y(point) });
  const teeth = [0, 1, 2].flatMap((n) => [
    [n * cycle, safety + values.quantity],
    [Math.min((n + 1) * cycle, days), safety + values.quantity - values.daily * (Math.min((n + 1) * cycle, days) - n * cycle)],
  ]);
  draw(svg, "path", { class: "curve", d: path(teeth.map(([day, stock]) => [at.x(day), at.y(stock)])) });
  draw(svg, "text", { class: "label", x: at.box.right, y: at.y(point) - 5, "text-anchor": "end" }, `再订货点 ${Math.ceil(point)}`);
}

start("parts", (root) => {
  const [costChart, sawChart] = ["costs", "saw"].map((name) => root.querySelector(`[data-chart=${name}]`));
  const update = () => {
    const { values, fault } = read(root);
    if (fault) return say(root, fault, { isLost: true });
    const z = Number(root.querySelector("[name=z]").value);
    const best = orderQuantity(values);
    const when = reorder({ ...values, z });
    const [least, now] = [yearlyCost({ ...values, quantity: best }), yearlyCost(values)];
    show(root, {
      best: `${fixed(best)} 块`,
      orders: `${fixed(values.yearly / best, 1)} 次`,
      now: yuan(now),
      more: yuan(now - least),
      safety: `${fixed(when.safety, 1)} 块`,
      point: `${fixed(Math.ceil(when.point))} 块`,
    });
    costs(costChart, values, best);
    saw(sawChart, values, when);
    say(
      root,
      `一次订 ${fixed(best)} 块最省，一年 ${yuan(least)}；每次订 ${fixed(values.quantity)} 块是 ${yuan(now)}，一年多花 ${yuan(now - least)}。` +
        `库存（连在途）降到 ${fixed(Math.ceil(when.point))} 块就下单，其中 ${fixed(when.safety, 1)} 块是安全库存。`,
    );
  };
  root.addEventListener("input", update);
  update();
});
