// Keeps this lesson for reading without a network, through the worker: docs/rules/learning.md, rules L26-L27.
const owner = document.querySelector("[data-offline-url]");
if (owner && "serviceWorker" in navigator) {
  navigator.serviceWorker.register(owner.dataset.workerUrl, { scope: "/" }).then(keep).catch(() => {});
}

async function keep() {
  const { active } = await navigator.serviceWorker.ready;
  const answer = await fetch(owner.dataset.offlineUrl, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!answer.ok) return;
  const ofPerson = await answer.json();
  const images = [...document.querySelectorAll(".prose img")].map((image) => image.currentSrc || image.src);
  const files = performance.getEntriesByType("resource")
    .map(({ name }) => new URL(name))
    .filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith(owner.dataset.staticUrl))
    .map(({ href }) => href);
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data?.type === "kept") document.documentElement.dataset.kept = "";
  });
  const path = owner.dataset.keepPath;
  active.postMessage({ type: "keep", path, images, files: [...new Set(files)], ...ofPerson });
}
