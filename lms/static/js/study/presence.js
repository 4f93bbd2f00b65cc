// Tells the server that a lesson is being looked at. The server's clock counts, the seconds running here are decoration:
// docs/rules/study-time.md, rules T1-T3 and T8-T14.
import { act, idleSeconds, PAGE } from "./page.js";
import { askIfThere } from "./idle.js";

const PING_SECONDS = 15;
const RETRY_SECONDS = 2;

const TEXT = {
  counting: "本页正在计时。",
  ready: "已达到最低学习时间，学完后请点“学完本课”。",
  IDLE: "很久没有操作，已停止计时。点“还在学习”或动一下就接着计。",
  DAY_LIMIT: "今天计入的学习时间已到每日上限，明天再计；可以继续看，也可以点“学完本课”。",
  elsewhere: "你在另一页打开了课文，本页已停止计时。",
  offline: "网络断开，恢复后自动继续计时；已记下的时间不会丢。",
  signedOut: "登录已失效，请刷新页面重新登录；已记下的时间不会丢。",
};

const panel = document.querySelector("[data-presence-url]");
if (panel) start(panel);

function start(panel) {
  const form = panel.querySelector("form[data-completes]");
  const part = (name) => panel.querySelector(`[data-part="${name}"]`);
  const [bar, shown, status, resume, button] = ["bar", "shown", "status", "resume", "complete"].map(part);
  const token = panel.querySelector("[name=csrfmiddlewaretoken]").value;
  const idleLimit = Number(panel.dataset.idle);
  let seconds = Number(panel.dataset.seconds);
  let needed = Number(panel.dataset.needed);
  let isCounting = false;
  let isOpened = false; // the server knows this page; until then every heartbeat opens it
  let isBusy = false;
  let sentAt = 0;
  let timer = 0;

  const prompt = askIfThere(document.querySelector("#still-there"), () => {
    ping({ isAnswer: true });
  });

  const sinceSent = () => (isCounting ? Math.floor((performance.now() - sentAt) / 1000) : 0);

  function say(text) {
    if (!status || status.textContent === text) return;
    status.textContent = text;
    status.classList.toggle("is-stopped", !isCounting);
  }

  function draw(value) {
    if (shown) shown.textContent = words(value);
    if (bar) bar.value = Math.min(value, needed);
  }

  async function ping({ isLast = false, isAnswer = false } = {}) {
    if (isBusy && !isLast && !isAnswer) return;
    isBusy = true;
    sentAt = performance.now();
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, page: PAGE, idle: idleSeconds() });
    if (!isOpened) body.set("opened", "1");
    if (isLast) body.set("hidden", "1");
    if (isAnswer) act();
    try {
      const response = await fetch(panel.dataset.presenceUrl, {
        method: "POST", body, keepalive: isLast, redirect: "manual",
      });
      await (isLast || take(response));
    } catch {
      isCounting = false;
      say(TEXT.offline);
    } finally {
      isBusy = false;
    }
  }

  async function take(response) {
    if (response.type === "opaqueredirect") return stop(TEXT.signedOut);
    if (response.status >= 500) throw new Error(String(response.status));
    if (!response.ok) {
      const isJson = response.headers.get("content-type")?.startsWith("application/json");
      return stop(isJson ? (await response.json()).error : TEXT.signedOut);
    }
    const answer = await response.json();
    isOpened = true;
    ({ seconds, needed } = answer);
    isCounting = answer.is_counting && !TEXT[answer.reason];
    draw(seconds);
    if (button) button.disabled = !answer.may_complete;
    if (resume) resume.hidden = answer.is_counting;
    if (!answer.is_counting) say(TEXT.elsewhere);
    else say(TEXT[answer.reason] ?? (answer.may_complete ? TEXT.ready : TEXT.counting));
  }

  function stop(text) {
    clearInterval(timer);
    isCounting = false;
    say(text);
  }

  // One beat a second: draw, and ping when 15 seconds are over or the least time must be reached (the server drops
  // fractions of a second, so one more is waited for).
  function beat() {
    const waited = Math.floor((performance.now() - sentAt) / 1000);
    draw(seconds + Math.min(sinceSent(), 30));
    prompt.look(idleSeconds(), idleLimit);
    const isDue = isCounting && seconds < needed && seconds + waited > needed && waited >= RETRY_SECONDS;
    if (isDue || waited >= PING_SECONDS) ping();
  }

  function come() {
    clearInterval(timer);
    act();
    isOpened = false;
    timer = setInterval(beat, 1000);
    ping();
  }

  function leave() {
    clearInterval(timer);
    if (isOpened) ping({ isLast: true });
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : come()));
  window.addEventListener("pageshow", (event) => event.persisted && !document.hidden && come());
  resume?.addEventListener("click", come);
  form?.addEventListener("submit", () => clearInterval(timer));
  if (!document.hidden) come();
}

function words(value) {
  const minutes = Math.floor(value / 60);
  const rest = value % 60;
  if (!minutes) return `${rest} 秒`;
  return rest ? `${minutes} 分 ${rest} 秒` : `${minutes} 分钟`;
}
