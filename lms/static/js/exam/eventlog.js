// What the page noticed, on its way to the record: kept on the device until the server has it, sent one by one.
import { Emitter } from "./emitter.js";
import { ask, requestOf } from "./wire.js";

const RETRY_MS = 15 * 1000;

export class EventLog extends Emitter {
  /** Tells "counted" (detail: {away_count, away_seconds}) and "refused" (detail: a sentence of the server). */
  constructor({ attempt, url }) {
    super();
    this.url = url;
    this.name = `exam-events:${attempt}`;
    this.jobs = this.read();
    this.number = 0;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.name) || "[]");
    } catch (forbidden) {
      return []; // events are then lost with the page
    }
  }

  write() {
    try {
      if (this.jobs.length) localStorage.setItem(this.name, JSON.stringify(this.jobs));
      else localStorage.removeItem(this.name);
    } catch (forbidden) {
      // kept in the page only
    }
  }

  /** Put an event of this page on record. Returns what explain needs to name it. */
  record({ session, kind, seconds, at }) {
    const number = ++this.number;
    const event = { number, kind, seconds, client_at: Math.round(at) };
    this.add({ url: this.url, body: { session, events: [event] } });
    return { session, number };
  }

  explain({ session, number }, note) {
    this.add({ url: `${this.url}${number}/note/`, body: { session, note } });
  }

  add(job) {
    this.jobs.push(job);
    this.write();
    this.send();
  }

  /** Send what waits, in order. A refusal of the server is final; a missing network is not. */
  async send() {
    if (this.isSending) return;
    this.isSending = true;
    clearTimeout(this.timer);
    while (this.jobs.length) {
      const { status, reply } = await ask(this.jobs[0].url, requestOf(this.jobs[0].body));
      if ([0, 401, 403].includes(status) || status >= 500) {
        this.timer = setTimeout(() => this.send(), RETRY_MS);
        break;
      }
      this.jobs.shift();
      this.write();
      if (status === 200 && "away_count" in reply) this.tell("counted", reply);
      else if (status !== 200 && reply.message) this.tell("refused", reply.message);
    }
    this.isSending = false;
  }
}
