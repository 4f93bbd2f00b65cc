// The queue of answers: numbered, written to the device first, sent until the server acknowledges each number.
const BATCH = 100; // the server takes 200
const DEBOUNCE_MS = 200;
const TIMEOUT_MS = 10_000;
const DELAYS_MS = [1000, 2000, 4000, 8000, 15_000];
const PING_MS = 60_000;
const FRESH_MS = 60_000; // a younger answer is the person's last word; an older one may be stale

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1] ?? "";

export class Journal extends EventTarget {
  /**
   * Events: "change" (pending or state changed), "unkept" (the device took no copy), "closed" (the attempt is over; detail is the result's address),
   * "restored" (detail: entries), "lost" (detail: {positions, reason}) when an answer was not taken.
   * state: "saving", "saved", "offline", "login", "trouble".
   */
  constructor({ attempt, saveUrl, handInUrl, nextSeq, clock }) {
    super();
    Object.assign(this, { attempt, saveUrl, handInUrl, nextSeq, clock });
    this.tab = Math.random().toString(36).slice(2, 8); // two tabs never overwrite each other's rows
    this.pending = new Map();
    this.state = "saving";
    this.failures = 0;
    this.savedAt = 0;
    this.dueAt = 0;
    this.isClosing = false;
  }

  /** Take up what an earlier page left on this device, then begin to send. */
  async begin(store) {
    const entries = (await store.all()).sort((a, b) => a.seq - b.seq);
    for (const entry of entries) this.nextSeq = Math.max(this.nextSeq, entry.seq + 1);
    const early = [...this.pending.values()]; // given while the store was being opened
    this.pending.clear();
    for (const entry of entries) this.pending.set(entry.key, entry);
    this.store = store;
    for (const entry of early) this.add({ ...entry, seq: this.nextSeq++ });
    if (entries.length) this.tell("restored", entries);
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.set("offline"));
    setInterval(() => this.hurry(), PING_MS);
    this.hurry();
  }

  /** Write down that the answer to a question became `answer`; "" clears it. */
  record(position, answer) {
    const seq = this.nextSeq++;
    this.add({ seq, position, answer, client_at: Math.round(this.clock.now()) });
    this.schedule(DEBOUNCE_MS);
  }

  add(fields) {
    const entry = { ...fields, attempt: this.attempt, key: `${String(fields.seq).padStart(6, "0")}-${this.tab}` };
    this.pending.set(entry.key, entry);
    this.store?.put(entry).catch(() => this.tell("unkept"));
    if (this.state === "saved") this.set("saving");
    else this.tell("change");
  }

  isUnsent(position) {
    return [...this.pending.values()].some((entry) => entry.position === position);
  }

  hurry() {
    this.failures = 0;
    this.schedule(0);
  }

  schedule(delay) {
    if (this.isClosing || !this.store) return;
    const dueAt = performance.now() + delay;
    if (this.dueAt > performance.now() && this.dueAt <= dueAt) return; // quick answers do not put each other off
    this.dueAt = dueAt;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  batch() {
    return [...this.pending.values()].sort((a, b) => a.seq - b.seq).slice(0, BATCH);
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
    const reply = await this.post(this.saveUrl, batch);
    this.isSending = false;
    if (this.isClosing || !reply) return;
    if (this.pending.size || this.isDue) this.schedule(0);
    else this.set("saved");
  }

  /** Post entries; return the reply of a success, or null after having arranged what comes next. */
  async post(url, batch) {
    const sent = performance.now();
    let response;
    let reply = {};
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
    try {
      response = await fetch(url, { ...this.request(batch), signal: timeout.signal });
      if (response.type !== "opaqueredirect") reply = await response.json().catch(() => ({}));
    } catch {
      return this.retry("offline");
    } finally {
      clearTimeout(timer);
    }
    if (reply.server_now) this.clock.sync(reply, sent, performance.now());
    if (response.ok && reply.server_now) return this.taken(batch, reply);
    if (response.type === "opaqueredirect" || response.status === 403) return this.retry("login");
    if (response.status === 409) return this.over(reply);
    if (response.status === 422 && reply.problems?.length) return this.refused(batch, reply.problems);
    return this.retry("trouble");
  }

  request(batch) {
    const entries = batch.map(({ seq, position, answer, client_at }) => ({ seq, position, answer, client_at }));
    return {
      method: "POST",
      redirect: "manual",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
      body: JSON.stringify({ entries }),
    };
  }

  taken(batch, reply) {
    this.failures = 0;
    this.savedAt = this.clock.now();
    const acked = new Set(reply.acked_seq);
    const conflicts = new Set(reply.conflicts);
    this.drop(batch.filter((entry) => acked.has(entry.seq)));
    if (conflicts.size) this.renumber(batch.filter((entry) => conflicts.has(entry.seq)), reply.last_seq);
    if (reply.is_late && !this.pending.size) this.tell("closed", reply.result_url);
    this.tell("change");
    return reply;
  }

  /** Another page of this attempt has used our numbers: a fresh answer gets a new one, an old one is left to the person. */
  renumber(entries, lastSeq) {
    this.nextSeq = Math.max(this.nextSeq, lastSeq + 1);
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
    return entries.length ? this.retry("saving") : this.retry("trouble");
  }

  retry(state) {
    const delay = DELAYS_MS[Math.min(this.failures++, DELAYS_MS.length - 1)];
    this.set(state);
    this.schedule(delay * (0.75 + Math.random() / 2));
    return null;
  }

  over(reply) {
    this.drop([...this.pending.values()]);
    this.isClosing = true;
    this.tell("closed", reply.result_url);
    return null;
  }

  drop(entries) {
    for (const entry of entries) this.pending.delete(entry.key);
    this.store?.remove(entries).catch(() => {}); // a row that stays is sent again, which is harmless
  }

  /** Hand in with all that is pending; keeps trying until the server has answered. Returns the server's reply. */
  async handIn(onTrouble) {
    this.isClosing = true;
    clearTimeout(this.timer);
    this.dueAt = 0;
    for (let tries = 0; ; tries++) {
      while (this.isSending) await new Promise((resolve) => setTimeout(resolve, 50));
      const batch = this.batch();
      const isLast = batch.length === this.pending.size;
      const reply = await this.post(isLast ? this.handInUrl : this.saveUrl, batch);
      if (reply?.receipt_number) {
        this.drop([...this.pending.values()]);
        return reply;
      }
      if (reply) continue;
      onTrouble(this.state);
      await new Promise((resolve) => setTimeout(resolve, DELAYS_MS[Math.min(tries, DELAYS_MS.length - 1)]));
    }
  }

  /** The page goes into the background: a last request that outlives it. What it brings is resent if no receipt came. */
  leave() {
    const batch = this.batch();
    if (batch.length && !this.isClosing) fetch(this.saveUrl, { ...this.request(batch), keepalive: true }).catch(() => {});
  }

  set(state) {
    this.state = state;
    this.tell("change");
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
