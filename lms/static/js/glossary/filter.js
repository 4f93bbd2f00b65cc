// Narrows the glossary down while somebody types. Without this module the form asks the server for the same.
const root = document.querySelector("[data-glossary]");
const form = root.querySelector("form");
const field = form.elements.q;
const status = root.querySelector("[role=status]");
const nothing = root.querySelector("[data-nothing]");
const groups = [...root.querySelectorAll(".glossary-group")].map((section) => ({
  section,
  letter: root.querySelector(`a[href="#${section.id}"]`),
  terms: [...section.querySelectorAll(".glossary-term")].map((term) => ({ term, said: said(term) })),
}));
const total = groups.reduce((sum, group) => sum + group.terms.length, 0);

function said(term) {
  const [name, meaning] = [term.querySelector("dt"), term.querySelector("[data-meaning]")];
  return `${name.textContent} ${term.dataset.key} ${meaning.textContent}`.toLowerCase();
}

function narrow() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { section, letter, terms } of groups) {
    let here = 0;
    for (const { term, said } of terms) {
      term.hidden = !words.every((word) => said.includes(word));
      here += !term.hidden;
    }
    section.hidden = letter.hidden = here === 0;
    found += here;
  }
  nothing.hidden = found > 0;
  status.textContent = words.length ? `找到 ${found} 条，共 ${total} 条` : `共 ${total} 条`;
  const query = field.value.trim();
  history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname + location.hash);
}

// A permalink must never lead to a hidden term.
function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.closest("[hidden]")) {
    field.value = "";
    narrow();
    target.scrollIntoView();
  }
}

field.addEventListener("input", narrow);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  narrow();
});
window.addEventListener("hashchange", reveal);
reveal();
