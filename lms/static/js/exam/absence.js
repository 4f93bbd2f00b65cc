// Leaving the page, being offline, pasting: counted past a stated number of seconds, shown to the candidate at once.
import { asSpell } from "./clock.js";

const RECEIPT_MS = 1500;
const find = (selector) => document.querySelector(selector);

export class Absence {
  constructor({ attempt, journal, clock, log, announce }) {
    Object.assign(this, { journal, clock, log, announce });
    this.name = `exam-left:${attempt}`;
    this.limit = Infinity; // seconds; the session tells
    this.leftAt = null;
    this.offlineAt = null;
    log.on("counted", (tally) => this.count(tally));
    log.on("refused", (message) => this.answer(message));
    find("#away-form").addEventListener("submit", (event) => this.explain(event));
    find("#away-close").addEventListener("click", () => this.hide());
  }

  /** The session is open: begin to watch, and look whether an earlier page of this device was left open. */
  begin(seconds) {
    this.limit = seconds;
    if (this.isWatching) return;
    this.isWatching = true;
    const look = () => this.look();
    document.addEventListener("visibilitychange", look);
    addEventListener("blur", look);
    addEventListener("focus", look);
    addEventListener("pageshow", look);
    addEventListener("pagehide", () => this.leave());
    addEventListener("pointerdown", look);
    document.addEventListener("paste", (event) => this.onPaste(event));
    this.journal.on("change", () => this.onState());
    this.journal.on("receipt", () => this.log.send());
    const before = this.takeNote();
    if (before) this.show(this.clock.now() - before);
    this.log.send();
  }

  look() {
    if (document.hidden || !document.hasFocus()) this.leave();
    else this.comeBack();
  }

  leave() {
    if (this.leftAt !== null) return;
    this.leftAt = this.clock.now();
    try {
      localStorage.setItem(this.name, String(Math.round(this.leftAt)));
    } catch (forbidden) {
      // then an absence ends with the page
    }
  }

  /** When an earlier page was left and nobody has come back since: milliseconds, or 0. Asks once. */
  takeNote() {
    try {
      const note = Number(localStorage.getItem(this.name));
      localStorage.removeItem(this.name);
      return note;
    } catch (forbidden) {
      return 0;
    }
  }

  /** Back: a receipt first, because a page that has been superseded meanwhile was not left, but replaced. */
  async comeBack() {
    if (this.leftAt === null) return;
    const away = this.clock.now() - this.leftAt;
    this.leftAt = null;
    this.takeNote();
    if (away < this.limit * 1000) return;
    this.journal.hurry();
    await Promise.race([this.journal.next("receipt"), new Promise((resolve) => setTimeout(resolve, RECEIPT_MS))]);
    this.show(away);
  }

  show(milliseconds) {
    const seconds = Math.floor(milliseconds / 1000);
    if (seconds < this.limit || this.journal.isSuperseded || this.journal.isClosing) return;
    const { session } = this.journal;
    this.event = this.log.record({ session, kind: "AWAY", seconds, at: this.clock.now() - milliseconds });
    find("#away-text").textContent = `刚才离开页面 ${asSpell(seconds)}。`;
    find("#away-count").textContent = "";
    find("#away-answer").textContent = "";
    find("#away-form").hidden = find("#away-send").hidden = false;
    find("#away-note").value = "";
    find("#away").hidden = false;
    this.announce(`刚才离开页面 ${asSpell(seconds)}，已记录，由监考人员查看，不会自动判定违规。可以在页面上方写明原因。`);
  }

  count({ away_count, away_seconds }) {
    if (away_count) find("#away-count").textContent = `这是本场第 ${away_count} 次，一共 ${asSpell(away_seconds)}。`;
  }

  explain(event) {
    event.preventDefault();
    const note = find("#away-note").value.trim();
    if (note) {
      this.log.explain(this.event, note);
      find("#away-form").hidden = find("#away-send").hidden = true;
    }
    this.answer(note ? "原因已记下，监考人员会看到。" : "请写一句原因，或者不说明、继续答题。");
  }

  answer(words) {
    find("#away-answer").textContent = words;
    this.announce(words);
  }

  hide() {
    find("#away").hidden = true;
  }

  onPaste(event) {
    if (event.target.closest && event.target.closest("textarea")) return;
    const { session } = this.journal;
    this.log.record({ session, kind: "PASTE", seconds: 0, at: this.clock.now() });
    this.announce("这里不能粘贴；这次粘贴已记录，内容没有记录。");
  }

  onState() {
    const { state, session } = this.journal;
    if (state === "offline" && this.offlineAt === null) this.offlineAt = this.clock.now();
    if (this.offlineAt === null || !["saved", "saving"].includes(state)) return;
    const seconds = Math.floor((this.clock.now() - this.offlineAt) / 1000);
    const at = this.offlineAt;
    this.offlineAt = null;
    if (seconds >= this.limit) this.log.record({ session, kind: "OFFLINE", seconds, at });
  }
}
