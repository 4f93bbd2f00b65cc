// A queue that really runs: random arrivals, random service. It moves only while seen, and can be stopped.
import { draw, fixed, minutes } from "./lab.js";

const A_SERVICE = 1.4; // seconds of film for an average service
const SHOWN = 17;
const MOST = 300; // a queue without end ends the film here
const random = (mean) => -Math.log(1 - Math.random()) * mean;

export class Film {
  constructor(root) {
    this.svg = root.querySelector("[data-film]");
    this.text = root.querySelector("[data-film-text]");
    this.button = root.querySelector("[data-film-button]");
    this.isOn = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.isSeen = false;
    this.button.addEventListener("click", () => this.turn(!this.isOn));
    root.querySelector("[data-film-again]").addEventListener("click", () => this.again());
    new IntersectionObserver(([entry]) => {
      this.isSeen = entry.isIntersecting;
      this.run();
    }).observe(this.svg);
  }

  set(values, queue) {
    const isOther = this.values && this.values.servers !== values.servers;
    this.values = values;
    this.queue = queue;
    if (!this.busy || isOther) this.again();
    this.write();
  }

  again() {
    this.svg.replaceChildren();
    this.hours = 0;
    this.line = [];
    this.busy = Array(this.values.servers).fill(null);
    this.done = 0;
    this.waited = 0;
    this.next = random(1 / this.values.arrivals);
    this.desks = this.busy.map((_, n) => draw(this.svg, "rect", { class: "desk", x: 322, y: this.row(n) - 9, width: 22, height: 18, rx: 4 }));
    draw(this.svg, "text", { class: "tick", x: 333, y: 118, "text-anchor": "middle" }, "台子");
    draw(this.svg, "text", { class: "tick", x: 296, y: 118, "text-anchor": "end" }, "← 队伍");
    this.more = draw(this.svg, "text", { class: "tick", x: 4, y: 22 });
    this.paint();
    this.write();
    this.turn(this.isOn);
  }

  turn(isOn) {
    this.isOn = isOn;
    this.button.textContent = isOn ? "暂停" : "放映";
    this.run();
  }

  run() {
    cancelAnimationFrame(this.frame);
    this.last = null;
    if (this.isOn && this.isSeen) this.frame = requestAnimationFrame((now) => this.step(now));
  }

  step(now) {
    const passed = Math.min(this.last === null ? 0 : (now - this.last) / 1000, 0.1);
    this.last = now;
    this.advance((passed / A_SERVICE) / this.values.rate);
    this.paint();
    if (Math.floor(now / 500) !== this.said) this.write();
    this.said = Math.floor(now / 500);
    if (this.line.length >= MOST) return this.turn(false);
    this.frame = requestAnimationFrame((then) => this.step(then));
  }

  advance(hours) {
    this.hours += hours;
    for (; this.next <= this.hours; this.next += random(1 / this.values.arrivals)) {
      this.line.push({ came: this.next, dot: draw(this.svg, "circle", { class: "person", cx: -10, cy: 54, r: 6 }) });
    }
    for (const [n, served] of this.busy.entries()) {
      let free = served ? served.until : this.hours - hours;
      if (served && free > this.hours) continue;
      if (served) this.leave(n);
      while (this.line.length) {
        const person = this.line.shift();
        const begin = Math.max(free, person.came);
        this.waited += begin - person.came;
        this.done += 1;
        this.busy[n] = Object.assign(person, { until: begin + random(1 / this.values.rate) });
        if (this.busy[n].until > this.hours) break;
        free = this.busy[n].until;
        this.leave(n);
      }
    }
  }

  leave(n) {
    this.busy[n].dot.remove();
    this.busy[n] = null;
  }

  row(n) {
    return 54 + (n - (this.values.servers - 1) / 2) * Math.min(22, 100 / this.values.servers);
  }

  paint() {
    this.line.forEach(({ dot }, place) => {
      dot.setAttribute("cx", 296 - Math.min(place, SHOWN + 1) * 17);
      dot.setAttribute("cy", 54);
      dot.classList.toggle("unseen", place > SHOWN);
    });
    this.busy.forEach((served, n) => {
      this.desks[n].classList.toggle("busy", served !== null);
      if (!served) return;
      served.dot.setAttribute("cx", 333);
      served.dot.setAttribute("cy", this.row(n));
      served.dot.classList.remove("unseen");
    });
    const hidden = this.line.length - SHOWN - 1;
    this.more.textContent = hidden > 0 ? `后面还有 ${hidden} 位` : "";
  }

  write() {
    const seen = this.done ? `已接 ${this.done} 位，平均等了 ${minutes(this.waited / this.done)}` : "还没有人来";
    const long = this.queue ? `公式的长期平均是 ${minutes(this.queue.waitHours)}，短短一段会差很多。` : "这条队不会自己变短。";
    const end = this.line.length >= MOST ? `已经排了 ${MOST} 位，放映停下。` : "";
    this.text.textContent = `过了 ${fixed(this.hours, 1)} 小时，${seen}，正排着 ${this.line.length} 位。${long}${end}`;
  }
}
