// Videos of a lesson: tells the server what was really played, goes on where it stopped, and holds back the bar on the
// first viewing where the course asks for it. Without a server it is the browser's own player. study-time.md, T19-T22.
import { act, PAGE } from "../study/page.js";

const REPORT_SECONDS = 10;
const TOLERANCE = 1.5; // seconds: a player lands near where it was sent

const panel = document.querySelector("[data-video-url]");
if (panel) {
  for (const video of document.querySelectorAll("video[data-video]")) follow(video, panel);
}

async function follow(video, panel) {
  const url = panel.dataset.videoUrl.replace("/0/", `/${video.dataset.video}/`);
  const token = panel.querySelector("[name=csrfmiddlewaretoken]").value;
  const note = document.createElement("p");
  note.className = "video-note";
  note.setAttribute("role", "status");
  video.after(note);

  let state = null;
  let reached = 0; // how far the first viewing has come, in seconds of the film
  let sent = [];
  let timer = 0;

  try {
    const response = await fetch(url, { redirect: "manual" });
    if (!response.ok) return;
    take(await response.json());
  } catch {
    return; // offline: the film plays, nothing is recorded
  }
  if (state.position > TOLERANCE) {
    whenReady(video, () => {
      if (state.position < video.duration - TOLERANCE) video.currentTime = state.position;
    });
    note.textContent = `上次看到 ${clock(state.position)}，从那里接着放。${progressText()}`;
  }

  video.addEventListener("timeupdate", () => {
    if (video.paused || video.seeking) return;
    act();
    if (video.currentTime <= reached + TOLERANCE * Math.max(1, video.playbackRate)) {
      reached = Math.max(reached, video.currentTime);
    }
  });
  video.addEventListener("seeking", () => {
    if (state.may_skip || video.currentTime <= reached + TOLERANCE) return;
    video.currentTime = reached;
    note.textContent = `第一次看不能快进，已回到 ${clock(reached)}。看过的部分可以随意拖动。`;
  });
  video.addEventListener("ratechange", () => {
    if (video.playbackRate > 2) video.playbackRate = 2;
  });
  video.addEventListener("play", () => {
    report();
    clearInterval(timer);
    timer = setInterval(report, REPORT_SECONDS * 1000);
  });
  for (const kind of ["pause", "ended"]) {
    video.addEventListener(kind, () => {
      clearInterval(timer);
      report();
    });
  }
  document.addEventListener("visibilitychange", () => document.hidden && !video.paused && video.pause());

  function take(answer) {
    state = answer;
    reached = Math.max(reached, answer.reached);
  }

  function progressText() {
    if (!state.required) return "";
    return state.percent >= state.required ? `已看 ${state.percent}%，看够了。` : `已看 ${state.percent}%，要看到 ${state.required}%。`;
  }

  async function report() {
    const played = fresh(video.played, sent);
    const body = new URLSearchParams({
      csrfmiddlewaretoken: token, page: PAGE, position: video.currentTime.toFixed(1), played: JSON.stringify(played),
    });
    try {
      const response = await fetch(url, { method: "POST", body, keepalive: true, redirect: "manual" });
      if (!response.ok) return;
      sent = ranges(video.played);
      take(await response.json());
      note.textContent = progressText();
    } catch {
      note.textContent = "网络断开，看过的部分恢复后再报。";
    }
  }
}

function ranges(played) {
  return Array.from({ length: played.length }, (_, n) => [round(played.start(n)), round(played.end(n))]);
}

// What the server has not been told yet: a range that was told and has grown is told from its old end on.
function fresh(played, told) {
  return ranges(played)
    .map(([start, end]) => {
      const before = told.find(([from, to]) => from <= start && start <= to);
      return [before ? Math.max(start, Math.min(before[1], end)) : start, end];
    })
    .filter(([start, end]) => end > start);
}

const round = (value) => Math.round(value * 10) / 10;

function whenReady(video, act) {
  if (video.readyState >= 1) act();
  else video.addEventListener("loadedmetadata", act, { once: true });
}

function clock(value) {
  const whole = Math.floor(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
