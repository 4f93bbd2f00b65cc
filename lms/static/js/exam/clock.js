// The server's time, kept by the monotonic clock of the page. The device's own date is never trusted.
const MIN = 60 * 1000;
const SLOW_MS = 4000;

export class Clock {
  constructor() {
    this.base = null; // unknown until the first reply
    this.deadline = null;
    this.drift = Date.now() - performance.now();
  }

  get isSet() {
    return this.base !== null;
  }

  /** Adjust to a reply: sent and received are performance.now() around the request. A slow reply says little. */
  sync(reply, sent, received) {
    if (!this.isSet || received - sent < SLOW_MS) this.base = Date.parse(reply.server_now) - (sent + received) / 2;
    if (reply.deadline_at) this.deadline = Date.parse(reply.deadline_at);
  }

  /** The server's time now, in milliseconds since 1970. */
  now() {
    return this.base + performance.now();
  }

  /** Milliseconds until the bell, never negative. */
  remaining() {
    return Math.max(0, this.deadline - this.now());
  }

  /** Whether device and page clocks have parted: the device slept, or somebody changed its date. Asks once per change. */
  hasJumped() {
    const drift = Date.now() - performance.now();
    const jumped = Math.abs(drift - this.drift) > 2000;
    this.drift = drift;
    return jumped;
  }
}

/** 5025000 → "01:23:45"; part of a second counts as a whole one. */
export function asClock(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** 75 → "1 分 15 秒". */
export function asSpell(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (!minutes) return `${seconds} 秒`;
  return seconds % 60 ? `${minutes} 分 ${seconds % 60} 秒` : `${minutes} 分钟`;
}

/** The time of day in China, "14:03:22". */
export function timeOfDay(milliseconds) {
  return new Date(milliseconds + 8 * 60 * MIN).toISOString().slice(11, 19);
}

/** The announcement due when the time left falls from before to after, or "". */
export function announcement(before, after) {
  const passed = [1, 5, 10].find((minutes) => before > minutes * MIN && after <= minutes * MIN);
  return passed ? `还剩 ${passed} 分钟。` : "";
}

/** How the clock looks with so much time left. */
export function stageOf(left) {
  if (left <= MIN) return "last";
  if (left <= 5 * MIN) return "near";
  return left <= 10 * MIN ? "ten" : "calm";
}
