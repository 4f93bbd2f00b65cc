// The reader's own settings (size, width, face, paper) and printing. docs/rules/learning.md, rules L29-L30.
const KEY = "reading";
const root = document.documentElement;
const bar = document.querySelector("[data-reader]");
if (bar) start();

function start() {
  const form = bar.querySelector("form");
  for (const field of form.elements) {
    if (field.type === "radio") field.checked = (root.dataset[`read${field.name}`] ?? "") === field.value;
  }
  form.addEventListener("change", ({ target }) => {
    if (target.value) root.dataset[`read${target.name}`] = target.value;
    else delete root.dataset[`read${target.name}`];
    keep(Object.fromEntries([...new FormData(form)].filter(([, value]) => value)));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  bar.querySelector("[data-part=print]").addEventListener("click", () => window.print());
  bar.hidden = false;
  // What is folded away on the screen belongs on paper too.
  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll(".prose details:not([open])")) {
      fold.open = true;
      fold.dataset.printed = "";
    }
  });
  window.addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll(".prose details[data-printed]")) {
      fold.open = false;
      delete fold.dataset.printed;
    }
  });
}

function keep(chosen) {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // it holds for this page at least
  }
}
