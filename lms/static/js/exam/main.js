// The exam page: ties paper, journal, clock and room together. docs/decisions/0008-browser-floor.md says what it may use.
import { Absence } from "./absence.js";
import { Clock } from "./clock.js";
import { EventLog } from "./eventlog.js";
import { Finish } from "./finish.js";
import { Journal } from "./journal.js";
import { News } from "./news.js";
import { closePanel, isModal, openPanel } from "./panels.js";
import { Paper } from "./paper.js";
import { STORES, Status } from "./status.js";
import { openStore } from "./store.js";
import { Timer } from "./timer.js";
import { drawWatermark } from "./watermark.js";

const find = (selector) => document.querySelector(selector);
const room = find("#room");
const { attempt, sessionUrl, saveUrl, handInUrl, newsUrl, eventsUrl, resultUrl } = room.dataset;
const BELL_SPREAD_MS = 3000;
const PHONE = matchMedia("(max-width: 767.98px)");

document.documentElement.classList.add("has-script");

// --- The parts ----------------------------------------------------------------------------------------------------
const clock = new Clock();
const journal = new Journal({ attempt, clock, urls: { session: sessionUrl, save: saveUrl, handIn: handInUrl } });
const paper = new Paper({
  room,
  attempt,
  isUnsent: (position) => journal.isUnsent(position),
  nextSeq: () => journal.nextSeq,
});
const status = new Status({ journal, paper });
const finish = new Finish({ paper, journal, clock, resultUrl });
const log = new EventLog({ attempt, url: eventsUrl });
const absence = new Absence({ attempt, journal, clock, log, announce });
new News({ attempt, url: newsUrl, journal, clock, paper, announce });
new Timer({
  clock,
  isHidden: "hiddenTimer" in room.dataset,
  announce,
  onJump: () => journal.hurry(),
  onBell: () => {
    if (!journal.isSuperseded) finish.handIn("考试时间到，正在自动交卷。已经作答的内容都会送出。", BELL_SPREAD_MS);
  },
});

function announce(words) {
  find("#announcer").textContent = words;
}

// --- Answers ------------------------------------------------------------------------------------------------------
function drawAll() {
  paper.drawAll();
  status.draw();
}

journal.on("change", drawAll);
journal.on("opened", (session) => {
  for (const position of Object.keys(session.answers)) paper.show(Number(position), session.answers[position]);
  paper.setLocked(false);
  absence.begin(session.away_seconds);
});
journal.on("restored", (entries) => {
  for (const entry of entries) paper.show(entry.position, entry);
  announce(`已从这台设备恢复 ${entries.length} 次还没有送出的作答。`);
});
journal.on("superseded", () => {
  paper.setLocked(true);
  closePanel(find("#finish-dialog"));
  announce("这场考试已在另一处打开，这一页只能看，不能再作答。");
});
journal.on("unkept", () => status.stay(STORES.memory));
journal.on("lost", (detail) => status.lost(detail));
journal.on("closed", (url) => finish.close(url));
paper.on("answer", ({ position, answer }) => journal.record(position, answer));
find("#take-over").addEventListener("click", async () => {
  find("#take-over").disabled = true;
  await journal.open();
  find("#take-over").disabled = false;
  journal.hurry();
});

// --- Moving about -------------------------------------------------------------------------------------------------
function drawSteps() {
  find("#previous").disabled = paper.current === 0;
  find("#next").disabled = paper.current === paper.questions.length - 1;
}

paper.on("move", () => {
  if (PHONE.matches) closePanel(find("#card"));
  closePanel(find("#finish-dialog"));
  drawSteps();
});
find("#previous").addEventListener("click", () => paper.go(paper.current - 1));
find("#next").addEventListener("click", () => paper.go(paper.current + 1));
addEventListener("keydown", (event) => {
  if (!isModal() && paper.onKey(event)) event.preventDefault();
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

// 答题卡: a column on the desktop, a bottom sheet on the phone
function placeCard() {
  closePanel(find("#card"));
  if (!PHONE.matches) find("#card").setAttribute("open", "");
}
PHONE.addListener(placeCard); // addEventListener is missing in Safari before 14
find("#open-card").addEventListener("click", () => openPanel(find("#card")));

// The material of a 案例 stays in sight below the bar, however high notices make that
function measureBar() {
  document.documentElement.style.setProperty("--bar-height", `${find(".exam-bar").offsetHeight}px`);
}
measureBar();
addEventListener("resize", measureBar);
if (window.ResizeObserver) new ResizeObserver(measureBar).observe(find(".exam-bar"));

// --- Size of type -------------------------------------------------------------------------------------------------
const FONTS = [...document.querySelectorAll("button[data-font]")];

function setFont(size) {
  document.body.dataset.font = size;
  for (const button of FONTS) button.setAttribute("aria-pressed", String(button.dataset.font === size));
}

function chosenFont() {
  try {
    return localStorage.getItem("exam-font");
  } catch (forbidden) {
    return "";
  }
}

for (const button of FONTS) {
  button.addEventListener("click", () => {
    setFont(button.dataset.font);
    try {
      localStorage.setItem("exam-font", button.dataset.font);
    } catch (forbidden) {
      // lasts as long as the page
    }
  });
}

// --- Coming and going ---------------------------------------------------------------------------------------------
function leave() {
  paper.fields.flushAll();
  journal.leave();
}

addEventListener("beforeunload", (event) => {
  paper.fields.flushAll();
  if (!journal.pending.size) return;
  event.preventDefault();
  event.returnValue = ""; // what Safari and older Chromium ask for
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) leave();
  else journal.hurry();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => {
  if (event.persisted) journal.hurry(); // out of the browser's memory: the receipt tells whether another page took over
});

async function begin() {
  setFont(chosenFont() || ("largerType" in room.dataset ? "large" : "normal"));
  if (room.dataset.watermark) drawWatermark(room.dataset.watermark);
  paper.setLocked(true);
  placeCard();
  paper.setCurrent(0);
  drawAll();
  drawSteps();
  const opening = openStore(attempt);
  opening.then((store) => STORES[store.kind] && status.stay(STORES[store.kind]));
  await journal.begin(opening);
  drawAll();
  room.dataset.ready = "true";
}

begin();
