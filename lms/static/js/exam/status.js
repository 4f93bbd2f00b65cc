// How things stand, in words: the line of the bar and the notices above the paper.
import { timeOfDay } from "./clock.js";

const find = (selector) => document.querySelector(selector);
const LINES = {
  opening: ["arrow-repeat", () => "正在连接"],
  saved: ["cloud-check", (journal) => `已保存 ${timeOfDay(journal.savedAt)}`],
  saving: ["arrow-repeat", () => "正在保存"],
  offline: ["cloud-slash", (journal) => `网络已断开，${journal.pending.size} 次作答存在这台设备上`],
  login: ["exclamation-triangle-fill", () => "登录已失效，答案存在这台设备上"],
  trouble: ["exclamation-triangle-fill", () => "服务器暂时没有接受，答案存在这台设备上"],
};
const NOTICES = {
  offline: "网络已断开，答案已存在这台设备上。请继续作答，联网后自动送出；不要清除浏览器数据。",
  login: "登录已失效，答案已存在这台设备上。请在新标签页重新登录，再回到这一页，答案会自动送出。",
  trouble: "服务器暂时没有接受答案。答案已存在这台设备上，正在重试；请不要关闭这一页。",
};
const BEFORE = {
  offline: "还没有连上服务器，正在重试。连上以后才能作答；计时不停，请检查网络。",
  login: "登录已失效。请在新标签页重新登录，再回到这一页。",
  trouble: "服务器暂时没有回答，正在重试。连上以后才能作答；请不要关闭这一页。",
};
const LOGIN = ["重新登录", "/accounts/login/?next=/exams/attempts/", "_blank"];
export const STORES = {
  local: "这个浏览器没有完整的本机数据库，答案改存在网页的简易存储里。可以正常作答；请尽量保持联网，不要关闭这一页。",
  memory: "这个浏览器不能在设备上存答案（可能是无痕模式）。请保持联网，看到“已保存”再离开。",
};

export class Status {
  constructor({ journal, paper }) {
    Object.assign(this, { journal, paper });
    this.lasting = ["", []]; // a notice that stays until the page is loaded anew
  }

  draw() {
    const { journal, paper } = this;
    const [icon, words] = LINES[journal.state];
    find("#saving").dataset.state = journal.state;
    const use = find("#saving-icon");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
    find("#saving-text").textContent = words(journal);
    find("#answered").textContent = paper.questions.length - paper.unanswered().length;
    const notices = journal.session ? NOTICES : BEFORE;
    if (notices[journal.state]) this.notice(notices[journal.state], journal.state === "login" ? [LOGIN] : []);
    else this.notice(...this.lasting);
    const unsent = journal.pending.size;
    find("#superseded").hidden = !journal.isSuperseded;
    find("#superseded-unsent").textContent = unsent ? `这一页还有 ${unsent} 次作答没有送到，正在继续送出。` : "这一页的作答都已送到。";
  }

  stay(text, links = []) {
    this.lasting = [text, links];
    this.notice(text, links);
  }

  notice(text, links) {
    find("#notice").hidden = !text;
    if (find("#notice-text").textContent === text) return; // said already
    find("#notice-text").textContent = text;
    const actions = find("#notice-actions");
    actions.textContent = "";
    for (const [words, href, target] of links) {
      const link = document.createElement("a");
      Object.assign(link, { className: "btn btn-outline-secondary btn-sm", textContent: words, href, target: target || "" });
      actions.append(link);
    }
  }

  lost({ positions, reason }) {
    const numbers = [...new Set(positions)].map((position) => position + 1).join("、") || "？";
    const why =
      reason === "conflict"
        ? `第 ${numbers} 题在别的页面或设备上已有新的作答，这一页较早的选择没有采用。请重新载入后核对。`
        : `第 ${numbers} 题的一次作答没有被接受。请重新载入后再答。`;
    this.stay(why, [["重新载入", location.pathname]]);
  }
}
