// Remembers the paragraph read last, and offers the way back: docs/rules/learning.md, rules L1-L2.
import { TextIndex, paragraphs, squeeze } from "./anchoring.js";
import { post } from "./wire.js";

const QUOTE = 40;
const QUIET_MS = 2000;
const READ_AT = 0.3; // of the window's height
const beside = document.querySelector("[data-place-url]");
const prose = document.querySelector(".prose");
if (beside && prose) start();

function start() {
  const marks = paragraphs(prose);
  const chip = document.querySelector("[data-part=way-back]");
  const saved = JSON.parse(document.getElementById("place-data")?.textContent ?? "null");
  let sent = saved?.quote;
  let timer = 0;

  const go = (element) => {
    chip.hidden = true;
    element.scrollIntoView({ block: "center" });
    element.classList.add("is-found");
    setTimeout(() => element.classList.remove("is-found"), 2500);
  };

  function offer() {
    const index = new TextIndex(prose);
    const found = saved && index.find(saved);
    const element = found && marks.find((mark) => index.of(mark)?.[0] === found[0]);
    if (!element) return;
    if (location.hash === "#resume") return go(element);
    if (location.hash || marks.indexOf(element) < 2) return;
    chip.querySelector("[data-part=where]").textContent = opening(element);
    chip.querySelector("[data-part=go]").addEventListener("click", () => go(element));
    chip.querySelector("[data-part=close]").addEventListener("click", () => { chip.hidden = true; });
    chip.hidden = false;
    const watcher = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      chip.hidden = true;
      watcher.disconnect();
    });
    watcher.observe(element);
  }

  function current() {
    const line = window.innerHeight * READ_AT;
    let [low, high] = [0, marks.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (marks[middle].getBoundingClientRect().top <= line) low = middle;
      else high = middle - 1;
    }
    return marks[low];
  }

  function save({ keepalive = false } = {}) {
    clearTimeout(timer);
    timer = 0;
    const element = marks.length && current();
    const quote = element && squeeze(element.textContent).slice(0, QUOTE);
    const stretch = quote && quote !== sent && new TextIndex(prose).of(element);
    if (!stretch) return;
    sent = quote;
    post(beside.dataset.placeUrl, { quote, position: stretch[0] }, { keepalive });
  }

  window.addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(save, QUIET_MS);
  }, { passive: true });
  document.addEventListener("visibilitychange", () => document.hidden && timer && save({ keepalive: true }));
  offer();
}

function opening(element) {
  const text = element.textContent.replace(/\s+/g, " ").trim();
  return text.length > 18 ? `${text.slice(0, 18)}…` : text;
}
