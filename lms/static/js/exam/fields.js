// Questions answered by typing: the text in each field, and when it is written down. Source: docs/rules/grading.md, rule G20.
const PAUSE_MS = 1000;
const LONGEST_MS = 10 * 1000;
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])/g;
const STRAY_HALF = /(^|[^\ud800-\udbff])[\udc00-\udfff]/g; // no lookbehind: docs/decisions/0008-browser-floor.md
const NUMBER = /^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$/;

const clean = (text) => text.replace(/\r\n?/g, "\n").replace(UNPRINTABLE, "").replace(STRAY_HALF, "$1");

/** Whether a typed number will be read. The server decides; this only warns while there is time. */
function isReadable(text, unit) {
  const squeeze = (words) => words.normalize("NFKC").replace(/[−–—]/g, "-").replace(/\s/g, "");
  let typed = squeeze(text).replace(/[.。,，;；!！]+$/, "");
  const own = squeeze(unit);
  if (own && typed.endsWith(own)) typed = typed.slice(0, -own.length);
  typed = typed.replace(/%$/, "");
  return /\d/.test(typed) && NUMBER.test(typed);
}

export class Fields {
  /** `onPause(position)` is called when what is typed in a field is to be written down. */
  constructor({ questions, onPause, onType }) {
    Object.assign(this, { onPause, onType });
    this.fields = questions.map((question) => question.querySelector("[data-field]"));
    this.typing = new Map(); // position → {since, timer}
    this.composing = -1; // where an input method is at work: half a syllable is not written down
    this.fields.forEach((field, position) => {
      if (!field) return;
      field.addEventListener("input", () => this.typed(position));
      field.addEventListener("blur", () => this.flush(position));
      field.addEventListener("compositionstart", () => (this.composing = position));
      field.addEventListener("compositionend", () => {
        this.composing = -1;
        this.typed(position);
      });
    });
  }

  has(position) {
    return Boolean(this.fields[position]);
  }

  /** The text to keep; only spaces are no answer. */
  text(position) {
    const text = clean(this.fields[position].value);
    return text.trim() ? text : "";
  }

  /** Put a text there in place of what is being typed. */
  put(position, text) {
    this.typing.delete(position);
    this.fields[position].value = text;
    this.draw(position);
  }

  isTyping(position) {
    return this.typing.has(position);
  }

  typed(position) {
    const known = this.typing.get(position);
    const since = known ? known.since : Date.now();
    if (known) clearTimeout(known.timer);
    const delay = Math.max(0, Math.min(PAUSE_MS, since + LONGEST_MS - Date.now()));
    const timer = this.composing === position ? 0 : setTimeout(() => this.flush(position), delay);
    this.typing.set(position, { since, timer });
    this.draw(position);
    this.onType(position);
  }

  flush(position) {
    const known = this.typing.get(position);
    if (!known) return;
    clearTimeout(known.timer);
    this.typing.delete(position);
    this.onPause(position);
  }

  flushAll() {
    for (const position of [...this.typing.keys()]) this.flush(position);
  }

  draw(position) {
    const field = this.fields[position];
    const question = field.closest(".question");
    const count = question.querySelector("[data-count]");
    if (count) count.textContent = field.value.length;
    const warning = question.querySelector("[data-unreadable]");
    if (warning) warning.hidden = !field.value.trim() || isReadable(field.value, field.dataset.unit || "");
  }
}
