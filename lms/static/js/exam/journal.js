// The queue of answers: numbered, written to the device first, sent until the server acknowledges each number.
import { firstOf } from "./batch.js";
import { Emitter } from "./emitter.js";
import { ask, requestOf } from "./wire.js";

const DEBOUNCE_MS = 200;
const DELAYS_MS = [1000, 2000, 4000, 8000, 15 * 1000];
const PULSE_MS = 30 * 1000;
const FRESH_MS = 60 * 1000; // a younger answer is the person's last word; an older one may be stale

const bySeq = (a, b) => a.seq - b.seq;

export class Journal extends Emitter {
  /**
   * Tells: "change" (pending or state changed); "opened" (detail: the session, this page is the one that answers);
   * "superseded" (a newer page answers); "restored" (detail: entries of an earlier page); "receipt" (detail: the reply);
   * "news" (something is to be fetched); "unkept" (the device took no copy); "lost" (detail: {positions, reason}) when
   * an answer was not taken; "closed" (the attempt is over; detail: the result's address).
   * state: "opening", "saving", "saved", "offline", "login", "trouble".
   */
  constructor({ attempt, urls, clock }) {
    super();
    Object.assign(this, { attempt, urls, clock });
    this.pending = new Map();
    this.state = "opening";
    this.session = 0;
    this.news = 0;
    this.failures = 0;
    this.savedAt = 0;
    this.dueAt = 0;
    this.isSuperseded = false;
    this.isClosing = false;
    this.isOver = false;
    this.hurried = () => {};
  }

  // --- Opening ----------------------------------------------------------------------------------------------------
  /** Take up what an earlier page left on this device, open a session, then send. Resolves when the paper may be answered. */
  async begin(opening) {
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.set("offline"));
    setInterval(() => this.hurry(), PULSE_MS);
    const session = this.open();
    this.store = await opening;
    const left = (await this.store.all().catch(() => [])).sort(bySeq);
    for (const entry of left) this.pending.set(entry.key, entry);
    await session;
    if (left.length) this.tell("restored", left);
    this.hurry();
  }

  /** Open a session and keep trying: from then on this page is the one that answers. */
  async open() {
    while (!this.isOver && !(await this.tryOpen())) await this.pause();
  }

  async tryOpen() {
    const { status, reply, sent, received } = await ask(this.urls.session, requestOf({}));
    if (status === 409) return this.over(reply);
    if (status !== 201) return this.fail(status);
    this.clock.sync(reply, sent, received);
    Object.assign(this, { session: reply.session, token: reply.token, nextSeq: reply.first_seq, news: 0 });
    this.failures = 0;
    this.savedAt = this.clock.now();
    this.isSuperseded = false;
    this.tell("opened", reply);
    if (reply.news) this.tell("news");
    this.set("saving");
    return true;
  }

  // --- Recording --------------------------------------------------------------------------------------------------
  /** Write down that the answer to a question became `answer`; "" clears it. */
  record(position, answer) {
    this.add({ seq: this.nextSeq++, position, answer, client_at: Math.round(this.clock.now()) });
    this.schedule(DEBOUNCE_MS);
  }

  add(fields) {
    const entry = { ...fields, attempt: this.attempt, key: String(fields.seq).padStart(10, "0") };
    this.pending.set(entry.key, entry);
    this.store.put(entry).catch(() => this.tell("unkept"));
    if (this.state === "saved") this.set("saving");
    else this.tell("change");
  }

  isUnsent(position) {
    return [...this.pending.values()].some((entry) => entry.position === position);
  }

  /** How many unsent answers were given before the bell. */
  countInTime() {
    return [...this.pending.values()].filter((entry) => entry.client_at <= this.clock.deadline).length;
  }

  // --- Sending ----------------------------------------------------------------------------------------------------
  hurry() {
    this.failures = 0;
    this.hurried();
    this.schedule(0);
  }

  schedule(delay) {
    if (this.isClosing || !this.session || !this.store) return;
    const dueAt = performance.now() + delay;
    if (this.dueAt > performance.now() && this.dueAt <= dueAt) return; // quick answers do not put each other off
    this.dueAt = dueAt;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  batch() {
    return firstOf([...this.pending.values()].sort(bySeq));
  }

  async send() {
    if (this.isSending) {
      this.isDue = true;
      return;
    }
    this.isSending = true;
    this.isDue = false;
    const batch = this.batch();
    if (batch.length && this.state === "saved") this.set("saving");
    const reply = await this.post(this.urls.save, batch);
    this.isSending = false;
    if (this.isClosing || !reply) return;
    if (this.pending.size || this.isDue) this.schedule(0);
    else this.set("saved");
  }

  /** Post entries; return the reply of a success, or null after having arranged what comes next. */
  async post(url, batch) {
    const { status, reply, sent, received } = await ask(url, this.request(batch));
    if (reply.server_now) this.clock.sync(reply, sent, received);
    if (status === 200 && reply.server_now) return this.taken(batch, reply);
    if (status === 403) return this.renew();
    if (status === 409) return this.over(reply);
    if (status === 422 && reply.problems && reply.problems.length) return this.refused(batch, reply.problems);
    return this.retry(status);
  }

  request(batch) {
    const entries = batch.map(({ seq, position, answer, client_at }) => ({ seq, position, answer, client_at }));
    return requestOf({ entries }, { "X-Attempt-Token": this.token });
  }

  taken(batch, reply) {
    this.failures = 0;
    this.isRenewed = false;
    this.savedAt = this.clock.now();
    const acked = new Set(reply.acked_seq);
    const conflicts = new Set(reply.conflicts);
    this.drop(batch.filter((entry) => acked.has(entry.seq)));
    if (conflicts.size) this.renumber(batch.filter((entry) => conflicts.has(entry.seq)), reply.last_seq);
    if (reply.session > this.session && !this.isSuperseded) {
      this.isSuperseded = true;
      this.tell("superseded");
    }
    if (reply.news > this.news) this.tell("news");
    if (reply.is_late && !this.pending.size) this.tell("closed", reply.result_url);
    this.tell("receipt", reply);
    this.tell("change");
    return reply;
  }

  /** Our numbers are taken by other answers: a fresh one gets a new number, an old one is left to the person. */
  renumber(entries, lastSeq) {
    if (Math.abs(lastSeq - this.nextSeq) < 50 * 1000) this.nextSeq = Math.max(this.nextSeq, lastSeq + 1);
    const isFresh = (entry) => this.clock.now() - entry.client_at < FRESH_MS;
    this.drop(entries);
    for (const entry of entries.filter(isFresh)) this.add({ ...entry, seq: this.nextSeq++ });
    const stale = entries.filter((entry) => !isFresh(entry));
    if (stale.length) this.tell("lost", { positions: stale.map((entry) => entry.position), reason: "conflict" });
  }

  refused(batch, problems) {
    const seqs = new Set(problems.map((problem) => problem.seq));
    const entries = batch.filter((entry) => seqs.has(entry.seq));
    this.drop(entries);
    this.tell("lost", { positions: entries.map((entry) => entry.position), reason: "refused" });
    return this.retry(entries.length ? 422 : 500);
  }

  /** The token is not taken any more: open a new session, once, and only for somebody who looks at this page. */
  async renew() {
    if (this.isRenewed || this.isSuperseded || document.hidden) return this.retry(403);
    this.isRenewed = true;
    if (await this.tryOpen()) this.schedule(0);
    else this.schedule(this.delay());
    return null;
  }

  retry(status) {
    this.fail(status);
    this.schedule(this.delay());
    return null;
  }

  fail(status) {
    const states = { 0: "offline", 401: "login", 403: "login", 422: "saving" };
    this.set(states[status] || "trouble");
    return false;
  }

  delay() {
    const delay = DELAYS_MS[Math.min(this.failures++, DELAYS_MS.length - 1)];
    return delay * (0.75 + Math.random() / 2);
  }

  /** Wait before the next try, or until something gives reason to hurry. */
  pause() {
    return new Promise((resolve) => {
      this.hurried = resolve;
      setTimeout(resolve, this.delay());
    });
  }

  over(reply) {
    this.drop([...this.pending.values()]);
    this.isOver = this.isClosing = true;
    this.tell("closed", reply.result_url);
    return null;
  }

  drop(entries) {
    for (const entry of entries) this.pending.delete(entry.key);
    if (this.store) this.store.remove(entries).catch(() => {}); // a row that stays is sent again, which is harmless
  }

  // --- The end ----------------------------------------------------------------------------------------------------
  /**
   * Hand in with all that is pending; keeps trying until the server has answered. Returns its reply, null if over.
   * The bell rings for everybody at once: then answers go first and alone, and the closing follows within `spreadMs`.
   */
  async handIn(onTrouble, spreadMs = 0) {
    let spread = Math.random() * spreadMs;
    this.isClosing = true;
    clearTimeout(this.timer);
    this.dueAt = 0;
    while (!this.isOver) {
      while (this.isSending) await new Promise((resolve) => setTimeout(resolve, 50));
      const batch = this.batch();
      if (spread && !batch.length) {
        await new Promise((resolve) => setTimeout(resolve, spread));
        spread = 0;
        continue;
      }
      const isLast = !spread && batch.length === this.pending.size;
      const reply = await this.post(isLast ? this.urls.handIn : this.urls.save, batch);
      if (reply && reply.receipt_number) {
        this.drop([...this.pending.values()]);
        return reply;
      }
      if (reply || this.isOver) continue;
      onTrouble(this.state);
      await this.pause();
    }
    return null;
  }

  /** The page goes into the background: a last request that outlives it. What it brings is resent if no receipt came. */
  leave() {
    const batch = this.batch();
    if (!batch.length || this.isClosing || !this.session) return;
    fetch(this.urls.save, { ...this.request(batch), keepalive: true }).catch(() => {});
  }

  set(state) {
    this.state = state;
    this.tell("change");
  }
}
