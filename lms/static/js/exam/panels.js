// <dialog> where the browser has it, and the same behaviour where it has not: focus kept inside, Escape, focus given back.
const FOCUSABLE = "button:not([disabled]), a[href], input:not([disabled]), textarea:not([disabled])";
const isNative = "showModal" in document.createElement("dialog");
const openers = new Map();
const modal = new Set();

const isShown = (element) => element.getClientRects().length > 0;

/** Show as a modal panel. `isFinal`: Escape does not close it. */
export function openPanel(panel, { isFinal = false } = {}) {
  if (panel.hasAttribute("open") && modal.has(panel)) return;
  modal.add(panel);
  if (isNative) {
    if (isFinal) panel.addEventListener("cancel", (event) => event.preventDefault());
    panel.showModal();
    return;
  }
  openers.set(panel, document.activeElement);
  panel.dataset.final = String(isFinal);
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-modal", "true");
  panel.setAttribute("open", "");
  panel.classList.add("is-modal");
  document.body.classList.add("has-modal");
  const first = [...panel.querySelectorAll(FOCUSABLE)].find(isShown);
  panel.tabIndex = -1;
  (first || panel).focus();
}

export function closePanel(panel) {
  modal.delete(panel);
  if (isNative) {
    if (panel.open) panel.close();
    return;
  }
  const wasModal = panel.classList.contains("is-modal");
  panel.removeAttribute("open");
  panel.removeAttribute("aria-modal");
  panel.classList.remove("is-modal");
  if (!document.querySelector(".is-modal")) document.body.classList.remove("has-modal");
  if (wasModal && openers.get(panel)) openers.get(panel).focus();
}

/** Whether a modal panel is open. */
export function isModal() {
  for (const panel of modal) if (!panel.hasAttribute("open")) modal.delete(panel); // closed by its own form or by Escape
  return modal.size > 0;
}

function onTab(event, panel) {
  const stops = [...panel.querySelectorAll(FOCUSABLE)].filter(isShown);
  const at = stops.indexOf(document.activeElement);
  const next = event.shiftKey ? (at <= 0 ? stops.length - 1 : at - 1) : at === stops.length - 1 ? 0 : at + 1;
  event.preventDefault();
  if (stops.length) stops[next].focus();
}

if (!isNative) {
  document.addEventListener("keydown", (event) => {
    const panel = [...document.querySelectorAll(".is-modal")].pop();
    if (!panel) return;
    if (event.key === "Tab") onTab(event, panel);
    else if (event.key === "Escape" && panel.dataset.final !== "true") closePanel(panel);
  });
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.getAttribute("method") !== "dialog") return;
      event.preventDefault();
      closePanel(event.target.closest("dialog"));
    },
    true,
  );
}
