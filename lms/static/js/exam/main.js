// The exam page: ties paper, journal and clock together and says in words how things stand.
import { Clock, announcement, asClock } from "./clock.js";
import { Journal } from "./journal.js";
import { Paper } from "./paper.js";
import { openStore } from "./store.js";

const find = (selector) => document.querySelector(selector);
const room = find("#room");
const { attempt, saveUrl, handInUrl, resultUrl, serverNow, deadlineAt, nextSeq } = room.dataset;
const PHONE = matchMedia("(max-width: 767.98px)");
const SAVING = {
  saved: ["cloud-check", () => (journal.savedAt ? `已保存 ${timeOfDay(journal.savedAt)}` : "答案都已保存")],
  saving: ["arrow-repeat", () => "正在保存"],
  offline: ["cloud-slash", () => `网络已断开，${journal.pending.size} 次作答存在这台设备上`],
  login: ["exclamation-triangle-fill", () => "登录已失效，答案存在这台设备上"],
  trouble: ["exclamation-triangle-fill", () => "服务器暂时没有接受，答案存在这台设备上"],
};
const NOTICES = {
  offline: "网络已断开，答案已存在这台设备上。请继续作答，联网后自动送出；不要清除浏览器数据。",
  login: "登录已失效，答案已存在这台设备上。请在新标签页重新登录，再回到这一页，答案会自动送出。",
  trouble: "服务器暂时没有接受答案。答案已存在这台设备上，正在重试；请不要关闭这一页。",
};
const UNKEPT = "这个浏览器不能在设备上存答案。请保持联网，看到“已保存”再离开。";

document.documentElement.classList.add("has-script");
const clock = new Clock(serverNow, deadlineAt);
const journal = new Journal({ attempt, saveUrl, handInUrl, nextSeq: Number(nextSeq), clock });
const paper = new Paper({ room, attempt, isUnsent: (position) => journal.isUnsent(position) });

// --- How things stand -------------------------------------------------------------------------------------------
function timeOfDay(moment) {
  return new Date(moment).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
}

function notice(text, links = []) {
  find("#notice").hidden = !text;
  if (find("#notice-text").textContent === text) return; // said already
  find("#notice-text").textContent = text;
  find("#notice-actions").replaceChildren(
    ...links.map(([words, href, target]) => {
      const link = document.createElement("a");
      Object.assign(link, { className: "btn btn-outline-secondary btn-sm", textContent: words, href, target: target ?? "" });
      return link;
    }),
  );
}

let lasting = ""; // a notice that stays until the page is loaded anew

function drawState() {
  const [icon, words] = SAVING[journal.state];
  find("#saving").dataset.state = journal.state;
  const use = find("#saving-icon");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
  find("#saving-text").textContent = words();
  find("#answered").textContent = paper.questions.length - paper.unanswered().length;
  if (NOTICES[journal.state]) {
    notice(NOTICES[journal.state], journal.state === "login" ? [["重新登录", "/accounts/login/?next=/exams/attempts/", "_blank"]] : []);
  } else if (!lasting) {
    notice("");
  }
}

function stay(text, links) {
  lasting = text;
  notice(text, links);
}

journal.addEventListener("change", () => {
  paper.drawAll();
  drawState();
});
journal.addEventListener("restored", ({ detail }) => {
  for (const entry of detail) paper.restore(entry.position, entry.answer, entry.seq);
  find("#announcer").textContent = `已从这台设备恢复 ${detail.length} 次还没有送出的作答。`;
});
journal.addEventListener("unkept", () => stay(UNKEPT));
journal.addEventListener("lost", ({ detail }) => {
  const numbers = [...new Set(detail.positions)].map((position) => position + 1).join("、");
  const why =
    detail.reason === "conflict"
      ? `第 ${numbers} 题在别的页面或设备上已有新的作答，这一页较早的选择没有采用。请重新载入后核对。`
      : `第 ${numbers || "？"} 题的一次作答没有被接受。请重新载入后再答。`;
  stay(why, [["重新载入", location.pathname]]);
});
journal.addEventListener("closed", ({ detail }) => {
  paper.lock();
  close("这次考试已经收卷，正在打开结果。");
  setTimeout(() => location.replace(detail || resultUrl), 1500);
});

// --- Answers ----------------------------------------------------------------------------------------------------
paper.addEventListener("answer", ({ detail }) => journal.record(detail.position, detail.answer));
paper.addEventListener("move", () => {
  if (PHONE.matches) find("#card").close();
  find("#finish-dialog").close();
  drawSteps();
});

function drawSteps() {
  find("#previous").disabled = paper.current === 0;
  find("#next").disabled = paper.current === paper.questions.length - 1;
}

find("#previous").addEventListener("click", () => paper.go(paper.current - 1));
find("#next").addEventListener("click", () => paper.go(paper.current + 1));
addEventListener("keydown", (event) => {
  const isModal = [...document.querySelectorAll("dialog[open]")].some((dialog) => PHONE.matches || dialog !== find("#card"));
  if (isModal) return;
  if (paper.onKey(event)) event.preventDefault();
});
let isScrolling = false;
addEventListener("scroll", () => {
  if (isScrolling || PHONE.matches) return;
  isScrolling = true;
  requestAnimationFrame(() => {
    isScrolling = false;
    paper.followScroll(find(".exam-bar").offsetHeight);
  });
});

// --- 答题卡: a column on the desktop, a bottom sheet on the phone --------------------------------------------------
function placeCard() {
  find("#card").close();
  if (!PHONE.matches) find("#card").setAttribute("open", "");
}
PHONE.addEventListener("change", placeCard);
find("#open-card").addEventListener("click", () => find("#card").showModal());

// --- Size of type -------------------------------------------------------------------------------------------------
function setFont(size) {
  document.body.dataset.font = size;
  for (const button of document.querySelectorAll("[data-font]:not(body)")) {
    button.setAttribute("aria-pressed", String(button.dataset.font === size));
  }
  try {
    localStorage.setItem("exam-font", size);
  } catch {
    // lasts as long as the page
  }
}
for (const button of document.querySelectorAll("[data-font]:not(body)")) {
  button.addEventListener("click", () => setFont(button.dataset.font));
}

// --- Handing in ---------------------------------------------------------------------------------------------------
function fill(id, positions) {
  const box = find(id);
  box.hidden = !positions.length;
  box.querySelector("[data-count]").textContent = positions.length;
  box.querySelector("[data-list]").replaceChildren(
    ...positions.map((position) => {
      const button = paper.cells[position].cloneNode(true);
      button.addEventListener("click", () => paper.go(position));
      return button;
    }),
  );
}

function openFinish() {
  fill("#finish-unanswered", paper.unanswered());
  fill("#finish-marked", paper.marked());
  find("#finish-unsent").hidden = !journal.pending.size;
  find("#finish-unsent [data-count]").textContent = journal.pending.size;
  find("#finish-clock").textContent = asClock(clock.remaining());
  find("#finish-dialog").showModal();
}

function close(text) {
  find("#finish-dialog").close();
  find("#closing-text").textContent = text;
  if (!find("#closing-dialog").open) find("#closing-dialog").showModal();
}

async function handIn(text) {
  if (journal.isClosing) return;
  paper.lock();
  close(text);
  const reply = await journal.handIn((state) => {
    find("#closing-text").textContent =
      state === "login"
        ? "登录已失效，答案存在这台设备上。请在新标签页重新登录，这里会自动继续交卷。"
        : "网络已断开，答案已存在这台设备上。请不要关闭这一页，网络恢复后自动交卷。";
    if (left === 0) find("#closing-text").textContent += "截止以后才送到的作答会留在记录里，但不计分。";
  });
  const late = reply.unsaved?.length ? `有 ${reply.unsaved.length} 次作答在交卷以后才送到，没有计入。` : "";
  find("#closing-title").textContent = "提交成功";
  find("#closing-text").textContent = `回执号 ${reply.receipt_number}。${late}正在打开结果。`;
  setTimeout(() => location.replace(reply.result_url), late ? 5000 : 800);
}

find("#finish").addEventListener("click", openFinish);
find("#finish-confirm").addEventListener("click", () => handIn("正在送出答案并交卷。"));
find("#closing-dialog").addEventListener("cancel", (event) => event.preventDefault());

// --- The clock ----------------------------------------------------------------------------------------------------
let left = clock.remaining();

function tick() {
  const before = left;
  left = clock.remaining();
  find("#clock").textContent = asClock(left);
  find("#finish-clock").textContent = asClock(left);
  const stage = left <= 60_000 ? "last" : left <= 300_000 ? "near" : "calm";
  find("#clock-box").dataset.stage = stage;
  find("#clock-word").textContent = { last: "最后 1 分钟", near: "不到 5 分钟", calm: "" }[stage];
  const words = announcement(before, left);
  if (words) find("#announcer").textContent = words;
  if (clock.hasJumped()) journal.hurry();
  if (left === 0) handIn("考试时间到，正在自动交卷。已经作答的内容都会送出。");
}

addEventListener("beforeunload", (event) => {
  if (journal.pending.size) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) journal.leave();
  else journal.hurry();
});

async function begin() {
  placeCard();
  paper.setCurrent(0);
  paper.drawAll();
  drawSteps();
  tick();
  setInterval(tick, 250);
  const store = await openStore(attempt);
  if (!store.isLasting) stay(UNKEPT);
  await journal.begin(store);
  paper.drawAll();
  drawState();
  room.dataset.ready = "true";
}

try {
  setFont(localStorage.getItem("exam-font") || "normal");
} catch {
  setFont("normal");
}
begin();
