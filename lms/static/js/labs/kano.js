// Kano's two questions, Better and Worse. The same sums as courses/labs/kano.py, rules H6 and H7.
import { axes, draw, fixed, read, say, show, signed, start } from "./lab.js";

const LIKE = 0;
const DISLIKE = 4;
const NAMES = { A: "魅力", O: "期望", M: "必备", I: "无差异", R: "反向", Q: "可疑" };
const MEANINGS = {
  A: "有则惊喜，无也不怨",
  O: "做得越好越满意，越差越不满",
  M: "有了不加分，缺了极不满",
  I: "有没有都一样",
  R: "有了反而不满",
  Q: "两头的答案打架，这份不算；多了就先改题",
};

export function classify({ present, absent }) {
  if (present === absent && (present === LIKE || present === DISLIKE)) return "Q";
  if (present === DISLIKE || absent === LIKE) return "R";
  if (present === LIKE) return absent === DISLIKE ? "O" : "A";
  return absent === DISLIKE ? "M" : "I";
}

// Returns null if there are no answers.
export function coefficients({ a, o, m, i }) {
  const total = a + o + m + i;
  if (!total) return null;
  const [better, worse] = [(a + o) / total, -(o + m) / total];
  const quarter = better >= 0.5 ? (-worse >= 0.5 ? "O" : "A") : -worse >= 0.5 ? "M" : "I";
  return { better, worse, quarter };
}

function map(svg, ideas, chosen) {
  const at = axes(svg, {
    x: [0, 1],
    y: [0, 1],
    ticksX: [0, 0.5, 1].map((n) => [n, n ? `−${n}` : "0"]),
    ticksY: [0, 0.5, 1].map((n) => [n, String(n)]),
    nameX: "Worse：没做到，拉低多少",
    nameY: "Better：做到了，拉高多少",
    left: 30,
  });
  for (const [x, y, kind] of [[0.25, 0.94, "A"], [0.75, 0.94, "O"], [0.75, 0.04, "M"], [0.25, 0.04, "I"]]) {
    draw(svg, "text", { class: "quarter", x: at.x(x), y: at.y(y) + 4, "text-anchor": "middle" }, NAMES[kind]);
  }
  draw(svg, "path", { class: "drop", d: `M${at.x(0.5)} ${at.box.top}V${at.box.bottom}M${at.box.left} ${at.y(0.5)}H${at.box.right}` });
  ideas.forEach((idea, n) => {
    const found = coefficients(idea);
    if (!found) return;
    const [x, y] = [at.x(-found.worse), at.y(found.better)];
    draw(svg, "circle", { class: n === chosen ? "here" : "best", cx: x, cy: y, r: n === chosen ? 9 : 7 });
    const isLeft = n % 2; // neighbours write to different sides
    draw(svg, "text", { class: "label", x: x + (isLeft ? -12 : 12), y: y + 4, "text-anchor": isLeft ? "end" : "start" }, idea.name.slice(0, 1));
  });
}

start("kano", (root) => {
  const ideas = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const select = root.querySelector("[name=idea]");
  const chart = root.querySelector("[data-chart=map]");
  const cells = [...root.querySelectorAll("[data-cell]")];
  const answer = (name) => Number(root.querySelector(`[name=${name}]:checked`).value);

  const fill = () => {
    for (const [kind, count] of Object.entries(ideas[select.value])) {
      const field = root.querySelector(`input[type=number][name=${kind}]`);
      if (field) field.value = count;
    }
  };
  const update = () => {
    const kind = classify({ present: answer("present"), absent: answer("absent") });
    show(root, { kind: NAMES[kind], meaning: MEANINGS[kind] });
    for (const cell of cells) cell.toggleAttribute("data-chosen", cell.dataset.cell === `${answer("present")}${answer("absent")}`);
    const { values, fault } = read(root);
    if (fault) return say(root, fault, { isLost: true });
    Object.assign(ideas[select.value], values);
    const { name, r } = ideas[select.value];
    const found = coefficients(values);
    map(chart, ideas, Number(select.value));
    show(root, { better: found ? fixed(found.better, 2) : "—", worse: found ? signed(found.worse, 2) : "—", quarter: found ? NAMES[found.quarter] : "—" });
    if (!found) return say(root, "没有一份有效的回答，算不出系数。", { isLost: true });
    const odd = r ? `另有 ${r} 人反感，不进分母，要另外报出来。` : "";
    say(root, `这两个答案归为“${NAMES[kind]}”：${MEANINGS[kind]}。${name}：Better ${fixed(found.better, 2)}，Worse ${signed(found.worse, 2)}，落在“${NAMES[found.quarter]}”。${odd}`);
  };
  select.addEventListener("input", fill);
  root.addEventListener("input", update);
  fill();
  update();
});
