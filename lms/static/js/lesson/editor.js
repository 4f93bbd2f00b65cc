// The sheet in which one note is written. It saves a second after the last key and says so.
import { failure } from "./words.js";

const PAUSE_MS = 1000;

export class Editor {
  constructor({ save, remove, keep, current }) {
    Object.assign(this, { send: save, remove, keep, current });
    this.sheet = document.querySelector("[data-part=editor]");
    const part = (name) => this.sheet.querySelector(`[data-part="${name}"]`);
    [this.quote, this.text, this.state, this.choice] = ["editor-quote", "editor-text", "editor-state", "conflict"].map(part);
    this.colours = [...this.sheet.querySelectorAll("[name=colour]")];
    this.timer = 0;
    this.text.addEventListener("input", () => this.changed());
    for (const colour of this.colours) colour.addEventListener("change", () => this.changed());
    part("close").addEventListener("click", () => this.sheet.close());
    part("delete").addEventListener("click", () => this.erase());
    part("mine").addEventListener("click", () => this.resolve(true));
    part("theirs").addEventListener("click", () => this.resolve(false));
    this.sheet.addEventListener("close", () => this.timer && this.save());
    document.addEventListener("visibilitychange", () => document.hidden && this.timer && this.save());
  }

  open(note) {
    this.key = note.key;
    this.note = note;
    this.quote.textContent = note.quote;
    this.quote.hidden = !note.quote;
    this.sheet.classList.toggle("has-quote", Boolean(note.quote));
    this.fill(note);
    this.choice.hidden = true;
    this.say(note.saved ? `已保存 ${note.saved}` : "写下来就会自动保存。");
    if (!this.sheet.open) this.sheet.showModal();
    this.text.focus();
  }

  fill(note) {
    this.text.value = note.text;
    for (const colour of this.colours) colour.checked = colour.value === note.colour;
  }

  say(text) {
    this.state.textContent = text;
  }

  get written() {
    const colour = this.colours.find(({ checked }) => checked)?.value ?? "";
    return { ...this.note, ...this.current(this.key), text: this.text.value, colour: this.note.quote ? colour : "" };
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
    this.say("正在写…");
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = 0;
    const note = this.written;
    if (!note.text.trim() && !note.colour) return this.say("笔记是空的，不会保存。不要了可以删除。");
    this.keep(note);
    this.say("正在保存…");
    const answer = await this.send(note);
    if (this.key !== note.key) return undefined;
    if (answer.status === 409) return this.conflict(answer);
    return this.say(answer.status === 200 ? `已保存 ${answer.note.saved}` : failure(answer));
  }

  conflict({ error, note }) {
    this.other = note;
    this.say(error);
    this.choice.hidden = false;
    this.choice.querySelector("[data-part=their-text]").textContent = note ? note.text || "（只有标记，没有文字）" : "（已删除）";
  }

  // `isMine`: what stands in the sheet replaces the other; else the other way round.
  resolve(isMine) {
    this.choice.hidden = true;
    if (isMine) {
      this.keep({ ...this.written, revision: this.other?.revision ?? 0 });
      this.save();
    } else if (this.other) {
      this.keep(this.other);
      this.fill(this.other);
      this.save();
    } else {
      this.remove({ ...this.written, revision: 0 });
      this.sheet.close();
    }
  }

  async erase() {
    clearTimeout(this.timer);
    this.timer = 0;
    const note = this.current(this.key);
    const answer = note ? await this.remove(note) : { status: 200 };
    if (answer.status === 200) this.sheet.close();
    else this.say(failure(answer));
  }
}
