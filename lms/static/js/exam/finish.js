// Handing in: the dialog that counts, and the panel that stays until the server has answered.
import { closePanel, openPanel } from "./panels.js";

const find = (selector) => document.querySelector(selector);

export class Finish {
  constructor({ paper, journal, clock, resultUrl }) {
    Object.assign(this, { paper, journal, clock, resultUrl });
    find("#finish").addEventListener("click", () => this.ask());
    find("#finish-confirm").addEventListener("click", () => this.handIn("正在送出答案并交卷。"));
  }

  ask() {
    this.fill("#finish-unanswered", this.paper.unanswered());
    this.fill("#finish-marked", this.paper.marked());
    const unsent = this.journal.pending.size;
    find("#finish-unsent").hidden = !unsent;
    find("#finish-unsent [data-count]").textContent = unsent;
    openPanel(find("#finish-dialog"));
  }

  fill(id, positions) {
    const box = find(id);
    box.hidden = !positions.length;
    box.querySelector("[data-count]").textContent = positions.length;
    const list = box.querySelector("[data-list]");
    list.textContent = "";
    for (const position of positions) {
      const button = this.paper.cells[position].cloneNode(true);
      button.addEventListener("click", () => this.paper.go(position));
      list.append(button);
    }
  }

  /** Say how it ends, in a panel that cannot be closed. */
  say(text, title) {
    closePanel(find("#finish-dialog"));
    closePanel(find("#card"));
    find("#closing-text").textContent = text;
    if (title) find("#closing-title").textContent = title;
    openPanel(find("#closing-dialog"), { isFinal: true });
  }

  async handIn(text, spreadMs = 0) {
    if (this.journal.isClosing) return;
    this.paper.setLocked(true);
    this.say(text);
    const reply = await this.journal.handIn((state) => this.say(this.trouble(state)), spreadMs);
    if (!reply) return; // closed by somebody else: over() tells
    const late = reply.unsaved && reply.unsaved.length;
    const words = late ? `有 ${late} 次作答在交卷以后才送到，没有计入。` : "";
    this.say(`回执号 ${reply.receipt_number}。${words}正在打开结果。`, "提交成功");
    setTimeout(() => location.replace(reply.result_url), late ? 5000 : 800);
  }

  trouble(state) {
    if (state === "login") return "登录已失效，答案存在这台设备上。请在新标签页重新登录，这里会自动继续交卷。";
    const words =
      state === "offline"
        ? "网络已断开，答案已存在这台设备上。请不要关闭这一页，网络恢复后自动交卷。"
        : "服务器暂时没有回答，答案已存在这台设备上。请不要关闭这一页，正在重试。";
    if (this.clock.remaining() > 0) return words;
    const count = this.journal.countInTime();
    if (!count) return words;
    return `${words}有 ${count} 次作答是截止前做的、还没有送到：送到以后标为迟到，交由人工审核，不会丢失，也不会自动计分。`;
  }

  /** The attempt is over without this page having handed it in. */
  close(url) {
    if (this.isClosed) return; // a second navigation would cancel the first
    this.isClosed = true;
    this.paper.setLocked(true);
    this.say("这次考试已经收卷，正在打开结果。", "已经收卷");
    setTimeout(() => location.replace(url || this.resultUrl), 1500);
  }
}
