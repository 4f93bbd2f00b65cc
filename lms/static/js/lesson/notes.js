// Notes and marks of one lesson: select, mark, write; saved by itself. docs/rules/learning.md, rules L3-L8.
import { TextIndex, paragraphs } from "./anchoring.js";
import { Drafts } from "./drafts.js";
import { Editor } from "./editor.js";
import { caretAt, draw } from "./marks.js";
import { post } from "./wire.js";
import { failure } from "./words.js";

const LONGEST_QUOTE = 1000;
const COLOURS = { Digit1: "AMBER", Digit2: "TEAL", Digit3: "ROSE" };
const panel = document.querySelector("[data-notes]");
const prose = document.querySelector(".prose");
if (panel && prose) start();

function start() {
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const [list, empty, status, undo, bar] = ["notes", "no-notes", "notes-status", "undo", "mark-bar"].map(part);
  const template = part("note");
  const drafts = new Drafts(panel.dataset.owner, panel.dataset.lesson);
  const notes = new Map(JSON.parse(document.getElementById("notes-data").textContent).map((note) => [note.key, note]));
  for (const draft of drafts.all()) notes.set(draft.key, { ...draft, isUnsaved: true });
  let index = new TextIndex(prose);
  let stretches = [];

  const say = (text) => { status.textContent = text; };

  function redraw() {
    index = new TextIndex(prose);
    stretches = [];
    const ordered = [...notes.values()].sort((a, b) => a.position - b.position);
    for (const note of ordered) {
      const found = note.quote ? index.find(note) : null;
      note.isLost = Boolean(note.quote) && !found;
      if (found) stretches.push({ key: note.key, kind: note.colour || "NOTE", start: found[0], end: found[1] });
    }
    if (!draw(index, stretches)) index = new TextIndex(prose);
    list.replaceChildren(...ordered.map(item));
    empty.hidden = notes.size > 0;
    for (const count of document.querySelectorAll("[data-part=notes-count]")) count.textContent = notes.size || "";
  }

  function item(note) {
    const row = template.content.firstElementChild.cloneNode(true);
    const inside = (name) => row.querySelector(`[data-part="${name}"]`);
    row.id = `note-${note.key}`;
    if (note.colour) row.dataset.colour = note.colour;
    inside("quote").textContent = note.quote;
    inside("quote").hidden = !note.quote;
    inside("text").textContent = note.text;
    inside("text").hidden = !note.text;
    inside("lost").hidden = !note.isLost;
    inside("unsaved").hidden = !note.isUnsaved;
    inside("saved").textContent = note.saved ?? "";
    inside("go").hidden = !note.quote || note.isLost;
    inside("go").addEventListener("click", () => show(note.key));
    inside("edit").addEventListener("click", () => editor.open(note));
    return row;
  }

  function show(key) {
    const stretch = stretches.find((one) => one.key === key);
    const element = stretch && index.range(stretch.start, stretch.end).startContainer.parentElement;
    (element ?? document.getElementById(`note-${key}`))?.scrollIntoView({ block: "center" });
    element?.classList.add("is-found");
    setTimeout(() => element?.classList.remove("is-found"), 2500);
  }

  // Send a note; what the server says of it replaces what we have. Returns the answer for whoever shows it.
  async function save(note) {
    drafts.put(note);
    const { key, revision, text, colour, quote, before, after, position } = note;
    const answer = await post(panel.dataset.saveUrl, { key, revision, text, colour, quote, before, after, position });
    const current = notes.get(key);
    if (answer.status === 200) {
      const isNewer = current && (current.text !== text || current.colour !== colour);
      notes.set(key, isNewer ? { ...current, revision: answer.note.revision } : answer.note);
      if (!isNewer) drafts.drop(key);
    } else if (current) {
      notes.set(key, { ...current, isUnsaved: true });
    }
    redraw();
    return answer;
  }

  async function remove(note) {
    drafts.drop(note.key);
    if (note.revision) {
      const answer = await post(panel.dataset.deleteUrl.replace(panel.dataset.anyKey, note.key), {});
      if (answer.status !== 200) return answer;
    }
    notes.delete(note.key);
    redraw();
    say("笔记已删除。");
    undo.hidden = false;
    undo.onclick = () => {
      undo.hidden = true;
      const again = { ...note, key: newKey(), revision: 0 };
      notes.set(again.key, again);
      save(again).then((answer) => say(answer.status === 200 ? "已恢复，已保存。" : failure(answer)));
    };
    return { status: 200 };
  }

  const keep = (note) => notes.set(note.key, note);
  const editor = new Editor({ save, remove, keep, current: (key) => notes.get(key) });

  function fresh(stretch, colour = "") {
    const anchor = stretch ? index.anchor(...stretch) : { quote: "", before: "", after: "", position: 0 };
    return { key: newKey(), revision: 0, text: "", colour, ...anchor };
  }

  async function mark(stretch, colour) {
    const note = fresh(stretch, colour);
    if (note.quote.length > LONGEST_QUOTE) return say(`选得太长，一处至多 ${LONGEST_QUOTE} 字。`);
    const same = [...notes.values()].find((one) => one.quote === note.quote && one.position === note.position);
    const wanted = same ? { ...same, colour } : note;
    notes.set(wanted.key, wanted);
    redraw();
    const answer = await save(wanted);
    return say(answer.status === 200 ? "已标记，已保存。" : failure(answer));
  }

  function write(stretch) {
    const note = fresh(stretch);
    if (note.quote.length > LONGEST_QUOTE) return say(`选得太长，一处至多 ${LONGEST_QUOTE} 字。`);
    const same = note.quote && [...notes.values()].find((one) => one.quote === note.quote && one.position === note.position);
    return editor.open(same || note);
  }

  function selected() {
    const selection = document.getSelection();
    if (!selection?.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    return range.intersectsNode(prose) ? index.stretch(range) : null;
  }

  function act(name, stretch) {
    if (!stretch) return say("请先选中课文里的一段文字。");
    document.getSelection()?.removeAllRanges();
    bar.hidden = true;
    return name === "NOTE" ? write(stretch) : mark(stretch, name);
  }

  document.addEventListener("selectionchange", () => { bar.hidden = !selected(); });
  bar.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection must not go
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) act(button.dataset.mark, selected());
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    const name = event.code === "KeyN" ? "NOTE" : COLOURS[event.code];
    if (!name) return;
    event.preventDefault();
    act(name, selected());
  });
  prose.addEventListener("click", (event) => {
    if (event.target.closest("a, button, summary, input, label") || selected()) return;
    const caret = caretAt(event.clientX, event.clientY);
    const entry = caret && index.nodes.find(({ node }) => node === caret[0]);
    if (!entry) return;
    const at = entry.start + caret[0].data.slice(0, caret[1]).replace(/\s+/g, "").length;
    const hit = stretches.find(({ start, end }) => start <= at && at <= end);
    if (hit) editor.open(notes.get(hit.key));
  });

  part("new-note").addEventListener("click", () => write(null));
  const choice = part("paragraphs");
  const marks = paragraphs(prose);
  choice.append(...marks.map((mark, number) => new Option(opening(mark), number)));
  part("paragraph-form").addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) act(button.dataset.mark, index.of(marks[choice.value]));
  });
  part("paragraph-form").addEventListener("submit", (event) => event.preventDefault());

  async function resend() {
    for (const draft of drafts.all()) await save({ ...draft });
    if (drafts.all().length === 0) say("");
  }
  window.addEventListener("online", resend);
  if (drafts.all().length) resend();

  panel.hidden = false;
  redraw();
  if (location.hash.startsWith("#note-")) show(location.hash.slice("#note-".length));
}

function opening(element) {
  const text = element.textContent.replace(/\s+/g, " ").trim();
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
