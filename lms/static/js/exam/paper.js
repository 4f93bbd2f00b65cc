// The questions and the 答题卡: what is chosen, marked, current, and how each state looks and reads.
import { Emitter } from "./emitter.js";
import { Fields } from "./fields.js";

const WORDS = { empty: "未答", unsent: "已答，未同步", saved: "已同步" };
const KEYS = "ABCDEFGHI";

export class Paper extends Emitter {
  /** Tells: "answer" (detail: {position, answer}), "move". isUnsent(position) and nextSeq() ask the journal. */
  constructor({ room, attempt, isUnsent, nextSeq }) {
    super();
    this.questions = [...room.querySelectorAll(".question")];
    this.cells = [...room.querySelectorAll("[data-go]")];
    this.seqs = this.questions.map(() => 0); // number of the journal entry that each answer shown comes from
    this.recorded = this.questions.map(() => ""); // typed texts as they were last shown or written down
    this.fields = new Fields({
      questions: this.questions,
      onPause: (position) => this.record(position),
      onType: (position) => this.draw(position),
    });
    Object.assign(this, { isUnsent, nextSeq });
    this.marksName = `exam-marks:${attempt}`;
    this.marks = new Set(this.readMarks());
    this.current = 0;
    room.querySelector("#paper").addEventListener("submit", (event) => event.preventDefault());
    room.addEventListener("change", (event) => this.onChange(event));
    room.addEventListener("click", (event) => this.onClick(event));
    room.addEventListener("focusin", (event) => this.onFocus(event));
  }

  readMarks() {
    try {
      return JSON.parse(localStorage.getItem(this.marksName) || "[]");
    } catch (forbidden) {
      return []; // no storage here: marks last as long as the page
    }
  }

  inputs(position) {
    return [...this.questions[position].querySelectorAll("input:not([data-field])")];
  }

  answer(position) {
    if (this.fields.has(position)) return this.fields.text(position);
    return this.inputs(position).filter((input) => input.checked).map((input) => input.value).join("");
  }

  /** Show an answer from the server or from this device's queue, unless a newer one is shown. Returns whether it changed. */
  show(position, { seq, answer }) {
    if (!this.questions[position] || seq <= this.seqs[position]) return false;
    if (this.fields.has(position) && this.fields.isTyping(position)) return false;
    this.seqs[position] = seq;
    const before = this.answer(position);
    if (this.fields.has(position)) {
      this.fields.put(position, answer);
      this.recorded[position] = answer;
    }
    for (const input of this.inputs(position)) input.checked = answer.includes(input.value);
    this.draw(position);
    return before !== answer;
  }

  onChange(event) {
    const question = event.target.closest(".question");
    if (question && !event.target.closest("[data-field]")) this.give(Number(question.dataset.position));
  }

  /** Write a typed text down, if it is another one. */
  record(position) {
    const text = this.answer(position);
    if (text !== this.recorded[position]) {
      this.recorded[position] = text;
      this.give(position);
    }
    this.draw(position);
  }

  give(position) {
    this.seqs[position] = this.nextSeq();
    this.tell("answer", { position, answer: this.answer(position) });
    this.draw(position);
  }

  onClick(event) {
    const question = event.target.closest(".question");
    const position = question ? Number(question.dataset.position) : -1;
    if (event.target.closest("[data-mark]")) this.mark(position);
    else if (event.target.closest("[data-clear]")) this.clear(position);
    else if (event.target.closest("[data-go]")) this.go(Number(event.target.closest("[data-go]").dataset.go));
  }

  onFocus(event) {
    const question = event.target.closest(".question");
    if (question) this.setCurrent(Number(question.dataset.position));
  }

  clear(position) {
    if (this.isLocked || !this.answer(position)) return;
    for (const input of this.inputs(position)) input.checked = false;
    if (this.fields.has(position)) {
      this.fields.put(position, "");
      this.record(position);
    } else this.give(position);
  }

  mark(position) {
    if (!this.marks.delete(position)) this.marks.add(position);
    try {
      localStorage.setItem(this.marksName, JSON.stringify([...this.marks]));
    } catch (forbidden) {
      // kept in the page only
    }
    this.draw(position);
  }

  /** Choose an option of the current question by its number from 0. */
  choose(index) {
    const input = this.inputs(this.current)[index];
    if (!input || input.disabled) return;
    input.checked = input.type === "radio" || !input.checked;
    this.give(this.current);
  }

  go(position) {
    if (position < 0 || position >= this.questions.length) return;
    this.setCurrent(position);
    this.tell("move"); // first: a dialog that closes gives the focus back to its opener
    this.questions[position].focus({ preventScroll: true });
    this.questions[position].scrollIntoView({ block: "start" });
  }

  setCurrent(position) {
    const before = this.current;
    this.current = position;
    this.draw(before);
    this.draw(position);
  }

  /** Follow the reader's scrolling, so that a key never answers a question out of sight. */
  followScroll(top) {
    const isSeen = (question) => {
      const box = question.getBoundingClientRect();
      return box.bottom > top + 40 && box.top < innerHeight - 40;
    };
    if (isSeen(this.questions[this.current])) return;
    const seen = this.questions.findIndex(isSeen);
    if (seen >= 0) this.setCurrent(seen);
  }

  state(position) {
    if (this.isUnsent(position) || this.fields.isTyping(position)) return this.answer(position) ? "unsent" : "empty";
    return this.answer(position) ? "saved" : "empty";
  }

  draw(position) {
    const state = this.state(position);
    const isMarked = this.marks.has(position);
    const isCurrent = position === this.current;
    const question = this.questions[position];
    const cell = this.cells[position];
    for (const input of this.inputs(position)) input.closest(".option").classList.toggle("is-chosen", input.checked);
    cell.classList.toggle("is-unsent", state === "unsent");
    cell.classList.toggle("is-saved", state === "saved");
    cell.classList.toggle("is-marked", isMarked);
    cell.classList.toggle("is-current", isCurrent);
    cell.setAttribute("aria-label", `第 ${position + 1} 题，${WORDS[state]}${isMarked ? "，有标记" : ""}`);
    if (isCurrent) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
    question.classList.toggle("is-current", isCurrent);
    const group = question.closest(".case");
    if (group) group.classList.toggle("is-current", group.contains(this.questions[this.current]));
    question.classList.toggle("is-marked", isMarked);
    const mark = question.querySelector("[data-mark]");
    mark.setAttribute("aria-pressed", String(isMarked));
    mark.querySelector("[data-mark-word]").textContent = isMarked ? "已标记" : "标记";
    question.querySelector("[data-state-word]").textContent = state === "empty" ? "" : WORDS[state];
    question.querySelector("[data-clear]").disabled = this.isLocked || !this.answer(position);
  }

  drawAll() {
    this.questions.forEach((_, position) => this.draw(position));
  }

  positions(test) {
    return this.questions.map((_, position) => position).filter(test);
  }

  unanswered() {
    return this.positions((position) => !this.answer(position));
  }

  marked() {
    return this.positions((position) => this.marks.has(position));
  }

  /** Answers can be given, or only be read. */
  setLocked(isLocked) {
    if (isLocked) this.fields.flushAll();
    this.isLocked = isLocked;
    for (const control of document.querySelectorAll("#paper input, #paper textarea, #paper [data-clear], #finish")) control.disabled = isLocked;
    if (!isLocked) this.drawAll();
  }

  /** A–I and 1–9 choose, ← → move, M marks. Returns whether the key was ours. */
  onKey(event) {
    if (event.target.closest && event.target.closest("textarea, [data-field]")) return false;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
    const key = event.key.toUpperCase();
    const index = key.length === 1 ? Math.max(KEYS.indexOf(key), "123456789".indexOf(key)) : -1;
    if (index >= 0) this.choose(index);
    else if (key === "ARROWLEFT") this.go(this.current - 1);
    else if (key === "ARROWRIGHT") this.go(this.current + 1);
    else if (key === "M") this.mark(this.current);
    else return false;
    return true;
  }
}
