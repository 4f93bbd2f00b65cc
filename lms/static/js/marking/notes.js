// Remarks on places of an answer: the selection becomes a row, and the rows go with the form. Counted in characters.
const answer = document.querySelector("#answer");
const list = document.querySelector("#notes");
const field = document.querySelector("#mark [name=notes]");
const text = answer.textContent;
const MOST = 30;

const size = (part) => [...part].length;

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!answer.contains(range.startContainer) || !answer.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(answer);
  before.setEnd(range.startContainer, range.startOffset);
  const start = size(before.toString());
  const end = start + size(range.toString());
  return end > start ? { start, end } : null;
}

function store() {
  const rows = [...list.children].map((row) => ({
    start: Number(row.dataset.start),
    end: Number(row.dataset.end),
    text: row.querySelector("input").value.trim(),
  }));
  field.value = JSON.stringify(rows.filter((row) => row.text));
}

function add({ start, end, text: words = "" }) {
  const row = document.createElement("li");
  Object.assign(row.dataset, { start, end });
  const quote = document.createElement("q");
  quote.textContent = [...text].slice(start, end).join("");
  const input = document.createElement("input");
  Object.assign(input, { type: "text", maxLength: 300, value: words });
  input.setAttribute("aria-label", `批注：${quote.textContent.slice(0, 30)}`);
  input.addEventListener("input", store);
  const remove = document.createElement("button");
  Object.assign(remove, { type: "button", className: "button button-small button-secondary", textContent: "去掉" });
  remove.addEventListener("click", () => {
    row.remove();
    store();
  });
  row.append(quote, input, remove);
  list.append(row);
  input.focus();
}

const button = document.querySelector("#add-note");
button.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
button.addEventListener("click", () => {
  const place = selected();
  if (place && list.children.length < MOST) add(place);
});
for (const note of JSON.parse(field.value || "[]")) add(note); // after a refusal
