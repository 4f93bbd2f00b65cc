// What invigilators have to say to the open page: messages, more time, the end; and what an older device delivered.
import { ask } from "./wire.js";

const find = (selector) => document.querySelector(selector);

export class News {
  constructor({ attempt, url, journal, clock, paper, announce }) {
    Object.assign(this, { url, journal, clock, paper, announce });
    this.name = `exam-read:${attempt}`;
    this.shown = new Set(this.readAlready());
    journal.on("news", () => this.fetch());
    find("#news-read").addEventListener("click", () => this.putAway());
  }

  readAlready() {
    try {
      return JSON.parse(localStorage.getItem(this.name) || "[]");
    } catch (forbidden) {
      return [];
    }
  }

  async fetch() {
    if (this.isFetching) return;
    this.isFetching = true;
    const url = `${this.url}?after=${this.journal.news}`;
    const { status, reply, sent, received } = await ask(url, { credentials: "same-origin", redirect: "manual" });
    this.isFetching = false;
    if (status !== 200) return; // the next receipt asks again
    this.clock.sync(reply, sent, received);
    this.journal.news = reply.news;
    for (const { pk, text } of reply.messages) this.show(`m${pk}`, `监考老师：${text}`);
    for (const { pk, minutes, reason } of reply.extensions) {
      this.show(`e${pk}`, `考试时间延长 ${minutes} 分钟（${reason}），剩余时间已经更新。`);
    }
    this.take(reply.answers || {});
    if (reply.status !== "OPEN") this.journal.hurry(); // the next receipt says so, once all is delivered
  }

  show(key, words) {
    if (this.shown.has(key)) return;
    this.shown.add(key);
    const line = document.createElement("p");
    line.textContent = words;
    line.dataset.key = key;
    find("#news-list").append(line);
    find("#news").hidden = false;
    this.announce(words);
  }

  /** Read: these come no more on this device. */
  putAway() {
    find("#news").hidden = true;
    find("#news-list").textContent = "";
    try {
      localStorage.setItem(this.name, JSON.stringify([...this.shown]));
    } catch (forbidden) {
      // shown again after a reload
    }
  }

  take(answers) {
    const changed = Object.keys(answers).filter((position) => this.paper.show(Number(position), answers[position]));
    if (!changed.length) return;
    const numbers = changed.map((position) => Number(position) + 1).join("、");
    this.show(`a${this.journal.news}-${numbers}`, `另一台设备断网时的作答已经送到：第 ${numbers} 题。请核对。`);
  }
}
