// The name of this page for as long as it is open: a reload or a second tab is another page. study-time.md, rule T8.
export const PAGE = crypto.randomUUID ? crypto.randomUUID() : fallback();

function fallback() {
  // only where the site is opened without TLS on another machine of the network
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// When somebody last did anything here, in performance.now() milliseconds. A playing film counts as doing something.
let actedAt = performance.now();

export const act = () => {
  actedAt = performance.now();
};

export const idleSeconds = () => Math.floor((performance.now() - actedAt) / 1000);

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"]) {
  window.addEventListener(kind, act, { passive: true, capture: true });
}
