// A service blueprint, step by step. It is checked as courses/labs/blueprint.py does, rule H8, and kept on this device.
import { fixed, make, say, show, start } from "./lab.js";

const ROWS = [
  ["evidence", "有形展示", ""],
  ["customer", "顾客行为", "互动线"],
  ["front", "前台", "可视线"],
  ["back", "后台", "内部互动线"],
  ["support", "支持过程", ""],
];
const LACKS = {
  NO_CUSTOMER: "没有写顾客做什么。蓝图从顾客行为写起，只用动词。",
  NO_EVIDENCE: "没有有形展示。顾客在这一步看得见、摸得着什么？",
  NO_REMEDY: "标了失败点，还没写出错了怎么办。",
  ALONE: "只有顾客自己动手。自助的一步，出错谁来帮？",
};
const EMPTY = { evidence: "", customer: "", front: "", back: "", support: "", wait: 0, isFailPoint: false, remedy: "" };
const MOST = 12;
const KEY = "lab-blueprint";

function lacksOf(step) {
  return [
    ["NO_CUSTOMER", !step.customer],
    ["NO_EVIDENCE", !step.evidence],
    ["NO_REMEDY", step.isFailPoint && !step.remedy],
    ["ALONE", Boolean(step.customer) && !(step.front || step.back || step.support)],
  ].flatMap(([lack, isSo]) => (isSo ? [lack] : []));
}

export function check(steps) {
  const waits = steps.map((step) => step.wait);
  const longest = Math.max(0, ...waits);
  const count = (isSo) => steps.filter(isSo).length;
  return {
    lacks: steps.flatMap((step, place) => lacksOf(step).map((lack) => [place, lack])),
    encounters: count((step) => step.customer && step.front),
    visible: count((step) => step.front && step.back),
    internal: count((step) => step.back && step.support),
    wait: waits.reduce((sum, wait) => sum + wait, 0),
    longest: longest ? waits.indexOf(longest) : null,
  };
}

const period = (minutes) => (minutes >= 1440 ? `${fixed(minutes / 1440, 1)} 天` : minutes >= 60 ? `${fixed(minutes / 60, 1)} 小时` : `${fixed(minutes)} 分钟`);

function board(table, steps) {
  const head = make("tr", {}, make("td", {}), ...steps.map((step, n) => make("th", { scope: "col", textContent: `第 ${n + 1} 步` }, ...marks(step))));
  const rows = ROWS.flatMap(([key, name, line]) => {
    const row = make("tr", { className: `row-${key}` }, make("th", { scope: "row", textContent: name }), ...steps.map((step) => make("td", { textContent: step[key] })));
    if (!line) return [row];
    const border = make("tr", { className: "lab-line" }, make("th", { scope: "row", colSpan: steps.length + 1, textContent: line }));
    return [row, border];
  });
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...rows);
}

function marks(step) {
  const found = [];
  if (step.isFailPoint) found.push(make("span", { className: "mark-f", textContent: "F 失败点" }));
  if (step.wait) found.push(make("span", { className: "mark-w", textContent: `W 等 ${period(step.wait)}` }));
  return found;
}

// What was kept may be from another time or another hand: only known fields of the right type are taken.
function kept() {
  try {
    const steps = JSON.parse(localStorage.getItem(KEY));
    if (!Array.isArray(steps) || !steps.length) return null;
    return steps.slice(0, MOST).map((step) =>
      Object.fromEntries(Object.entries(EMPTY).map(([key, value]) => [key, typeof step?.[key] === typeof value ? step[key] : value])),
    );
  } catch {
    return null;
  }
}

function keep(steps) {
  try {
    localStorage.setItem(KEY, JSON.stringify(steps));
  } catch {
    // A device that keeps nothing still draws.
  }
}

start("blueprint", (root) => {
  const first = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const [table, choice, form, list] = ["board", "steps", "step", "lacks"].map((name) => root.querySelector(`[data-${name}]`));
  const fields = [...form.querySelectorAll("[name]")];
  let steps = kept() ?? structuredClone(first);
  let at = 0;

  const open = () => {
    choice.replaceChildren(
      ...steps.map((step, n) => {
        const button = make("button", { type: "button", textContent: `${n + 1}`, ariaLabel: `改第 ${n + 1} 步${step.customer && `：${step.customer}`}` });
        button.setAttribute("aria-pressed", String(n === at));
        button.addEventListener("click", () => go(n));
        return button;
      }),
    );
    for (const field of fields) {
      if (field.type === "checkbox") field.checked = steps[at][field.name];
      else field.value = steps[at][field.name];
    }
    form.querySelector("legend").textContent = `第 ${at + 1} 步`;
    root.querySelector("[data-add]").disabled = steps.length >= MOST;
    root.querySelector("[data-drop]").disabled = steps.length < 2;
    update();
  };
  const go = (n) => {
    at = n;
    open();
    choice.children[n].focus();
  };
  const update = () => {
    for (const field of fields) {
      if (field.type === "checkbox") steps[at][field.name] = field.checked;
      else if (field.type === "number") steps[at][field.name] = Math.max(0, field.valueAsNumber || 0);
      else steps[at][field.name] = field.value.trim();
    }
    keep(steps);
    board(table, steps);
    const found = check(steps);
    list.replaceChildren(...found.lacks.map(([place, lack]) => make("li", { textContent: `第 ${place + 1} 步：${LACKS[lack]}` })));
    list.hidden = !found.lacks.length;
    show(root, { encounters: `${found.encounters} 次`, visible: `${found.visible} 次`, internal: `${found.internal} 次`, wait: period(found.wait) });
    const longest = found.longest === null ? "没有标出等待。" : `一共等 ${period(found.wait)}，最长的在第 ${found.longest + 1} 步。`;
    const lacks = found.lacks.length ? `还有 ${found.lacks.length} 处要补。` : "每一步都齐了。";
    say(root, `${steps.length} 步，${found.encounters} 次服务接触。${longest}${lacks}`);
  };
  const act = {
    add: () => steps.splice(at + 1, 0, { ...EMPTY }) && go(at + 1),
    drop: () => steps.splice(at, 1) && go(Math.min(at, steps.length - 1)),
    left: () => move(-1),
    right: () => move(1),
    again: () => {
      steps = structuredClone(first);
      go(0);
    },
  };
  const move = (by) => {
    const to = at + by;
    if (to < 0 || to >= steps.length) return;
    [steps[at], steps[to]] = [steps[to], steps[at]];
    go(to);
  };
  for (const [name, todo] of Object.entries(act)) root.querySelector(`[data-${name}]`).addEventListener("click", todo);
  form.addEventListener("input", update);
  open();
});
