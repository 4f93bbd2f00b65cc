// Films that were cut into pieces: Safari plays them itself, other browsers by hls.js, and where neither works the
// <video> keeps its file. Before somebody presses play only the first piece is fetched. docs/rules/syllabus.md, Y29-Y30.
const NATIVE = "WebKitPlaybackTargetAvailabilityEvent" in window; // Safari, and every browser of an iPhone
const AHEAD_SECONDS = 30;
const TYPE = "application/vnd.apple.mpegurl";

for (const video of document.querySelectorAll("video[data-stream]")) {
  if (NATIVE && video.canPlayType(TYPE)) video.src = video.dataset.stream;
  else if ("MediaSource" in window) join(video);
}

async function join(video) {
  let Hls;
  try {
    ({ default: Hls } = await import("../../vendor/hls.light.min.mjs"));
  } catch {
    return; // the file is there
  }
  if (!Hls.isSupported()) return;
  const isWaiting = !video.paused; // pressed play before we came
  const bounds = { capLevelToPlayerSize: true, maxBufferLength: 1, maxMaxBufferLength: 1 };
  const hls = new Hls({ enableWorker: false, startLevel: 0, ...bounds });
  let isRenewed = false;

  hls.on(Hls.Events.FRAG_BUFFERED, () => (isRenewed = false));
  hls.on(Hls.Events.ERROR, (_, fault) => {
    if (!fault.fatal) return;
    if (fault.type === Hls.ErrorTypes.NETWORK_ERROR && video.readyState > 0 && !isRenewed) {
      isRenewed = true; // an address is good for two hours only: fetch new ones and go on
      hls.loadSource(video.dataset.stream);
      return;
    }
    const at = video.currentTime;
    const isPlaying = !video.paused;
    hls.destroy();
    video.removeAttribute("src");
    video.load(); // back to the file
    video.currentTime = at;
    if (isPlaying) video.play().catch(() => {});
  });
  video.addEventListener("play", () => (hls.config.maxMaxBufferLength = AHEAD_SECONDS), { once: true });
  hls.loadSource(video.dataset.stream);
  hls.attachMedia(video);
  if (isWaiting) video.play().catch(() => {});
}
