// What all labs share: their fields, what they say, and the drawing of charts. Nothing here asks a server.
const SVG = "http://www.w3.org/2000/svg";
const SAY_AFTER = 400; // ms without a change before the result is read out

export function start(name, setup) {
  for (const root of document.querySelectorAll(`[data-lab="${name}"]`)) {
    for (const slider of root.querySelectorAll("input[type=range]")) pair(slider, root.querySelector(`#${slider.dataset.of}`));
    setup(root);
  }
}

// A number and its slider say the same.
function pair(slider, field) {
  slider.addEventListener("input", () => (field.value = slider.value));
  field.addEventListener("input", () => (slider.value = field.value));
}

// Give the numbers by their names, and in words what is wrong with the first that is none. An empty optional one is null.
export function read(root) {
  const values = {};
  let fault = "";
  for (const field of root.querySelectorAll("input[type=number][name]")) {
    const value = field.valueAsNumber;
    const isEmpty = Number.isNaN(value) && !field.validity.badInput;
    const isWrong = isEmpty ? !("optional" in field.dataset) : !isInside(field, value);
    field.setAttribute("aria-invalid", String(isWrong));
    if (isWrong && !fault) fault = `“${nameOf(field)}”要填 ${field.min} 到 ${field.max} 之间的${"whole" in field.dataset ? "整数" : "数"}。`;
    values[field.name] = isEmpty ? null : value;
  }
  return { values, fault };
}

function isInside(field, value) {
  if (Number.isNaN(value) || ("whole" in field.dataset && !Number.isInteger(value))) return false;
  return value >= Number(field.min) && value <= Number(field.max);
}

const nameOf = (field) => field.dataset.name || field.labels[0].textContent.trim();

// Figures change at once; the sentence waits until somebody stops turning, so that a screen reader is not talked over.
const waiting = new WeakMap();
export function say(root, text, { isLost = false } = {}) {
  const status = root.querySelector("[data-say]");
  clearTimeout(waiting.get(root));
  const speak = () => {
    status.textContent = text;
    status.classList.toggle("lab-lost", isLost);
  };
  if (status.textContent) waiting.set(root, setTimeout(speak, SAY_AFTER));
  else speak();
}

export function show(root, texts) {
  for (const [name, text] of Object.entries(texts)) {
    for (const place of root.querySelectorAll(`[data-out="${name}"]`)) place.textContent = text;
  }
}

export const fixed = (value, places = 0) =>
  Number(value).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
export const percent = (share, places = 1) => `${fixed(share * 100, places)}%`;
export const yuan = (value) => `¥${fixed(value, 2)}`;

export function signed(value, places) {
  const text = fixed(Math.abs(value), places);
  if (Number(text.replaceAll(",", "")) === 0) return text;
  return (value < 0 ? "−" : "+") + text;
}

// Up to two units, as people say it: 0.4 h → "24 分钟", 26 h → "26 小时".
export function minutes(hours) {
  const all = hours * 60;
  if (all < 1) return `${fixed(all * 60, 0)} 秒`;
  return all < 600 ? `${fixed(all, all < 100 ? 1 : 0)} 分钟` : `${fixed(hours, 1)} 小时`;
}

export function draw(parent, tag, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  parent.append(element);
  return element;
}

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Clear a chart and draw its two axes; returns what turns values into places on it.
export function axes(svg, { x, y, ticksX, ticksY, nameX, nameY, left = 42, bottom = 36 }) {
  svg.replaceChildren();
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const box = { left, right: width - 14, top: 26, bottom: height - bottom };
  const at = {
    x: (value) => box.left + ((value - x[0]) / (x[1] - x[0])) * (box.right - box.left),
    y: (value) => box.bottom - ((value - y[0]) / (y[1] - y[0])) * (box.bottom - box.top),
    box,
  };
  for (const [value, text] of ticksY) {
    draw(svg, "line", { class: "grid", x1: box.left, x2: box.right, y1: at.y(value), y2: at.y(value) });
    draw(svg, "text", { class: "tick", x: box.left - 6, y: at.y(value) + 4, "text-anchor": "end" }, text);
  }
  for (const [value, text] of ticksX) {
    draw(svg, "text", { class: "tick", x: at.x(value), y: box.bottom + 16, "text-anchor": "middle" }, text);
  }
  draw(svg, "path", { class: "axis", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` });
  draw(svg, "text", { class: "name", x: 4, y: 14 }, nameY);
  draw(svg, "text", { class: "name", x: box.right, y: box.bottom + 31, "text-anchor": "end" }, nameX);
  return at;
}

// Four or so round steps from 0 to the highest.
export function ticks(highest, write = (value) => fixed(value, value % 1 ? 1 : 0)) {
  const raw = highest / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) * power;
  return Array.from({ length: Math.floor(highest / step + 1e-9) + 1 }, (_, n) => [n * step, write(n * step)]);
}

export const path = (points) => points.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
