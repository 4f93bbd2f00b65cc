// The remaining time: how it looks, what is announced, and for whom it stays hidden until asked for.
import { announcement, asClock, stageOf } from "./clock.js";

const STAGES = { calm: "", ten: "不到 10 分钟", near: "不到 5 分钟", last: "最后 1 分钟" };
const find = (selector) => document.querySelector(selector);

export class Timer {
  /** onBell is called at every tick after the bell; onJump when the device slept or its date was changed. */
  constructor({ clock, isHidden, announce, onBell, onJump }) {
    Object.assign(this, { clock, announce, onBell, onJump });
    this.left = Infinity;
    this.hide(isHidden);
    find("#clock-toggle").hidden = !isHidden;
    find("#clock-toggle").addEventListener("click", () => this.hide(!find("#clock").hidden));
    setInterval(() => this.tick(), 250);
  }

  hide(isHidden) {
    find("#clock").hidden = isHidden;
    find("#finish-left").hidden = isHidden;
    find("#clock-toggle").textContent = isHidden ? "显示剩余时间" : "隐藏剩余时间";
    find("#clock-toggle").setAttribute("aria-pressed", String(!isHidden));
  }

  tick() {
    if (!this.clock.isSet) return;
    const before = this.left;
    this.left = this.clock.remaining();
    find("#clock").textContent = asClock(this.left);
    find("#finish-clock").textContent = asClock(this.left);
    const stage = stageOf(this.left);
    find("#clock-box").dataset.stage = stage;
    find("#clock-word").textContent = STAGES[stage];
    const words = announcement(before, this.left);
    if (words && before !== Infinity) this.announce(words);
    if (this.clock.hasJumped()) this.onJump();
    if (this.left === 0) this.onBell();
  }
}
