// The waiting page of an order: asks the server every three seconds where the order is and moves on when that changes,
// also when the payment was made on another device. The countdown is decoration; the server's clock decides.
const POLL_MS = 3000;

const page = document.querySelector("[data-order-wait]");
const countdown = page.querySelector("[data-countdown]");
const offline = page.querySelector("[data-offline]");
const skew = page.dataset.now ? Date.parse(page.dataset.now) - Date.now() : 0;
let timer = 0;

function showCountdown() {
  const seconds = Math.max(0, Math.round((Date.parse(page.dataset.expiresAt) - Date.now() - skew) / 1000));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  countdown.textContent = `${hours ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

async function ask() {
  clearTimeout(timer);
  try {
    const answer = await fetch(page.dataset.statusUrl, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 404) {
      location.reload(); // logged out meanwhile: the login page knows the way back
      return;
    }
    if (answer.ok && (await answer.json()).state !== page.dataset.state) {
      location.reload();
      return;
    }
    if (offline) offline.hidden = true;
  } catch {
    if (offline) offline.hidden = false;
  }
  if (!document.hidden) timer = setTimeout(ask, POLL_MS);
}

if (countdown) {
  showCountdown();
  setInterval(showCountdown, 1000);
}
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
window.addEventListener("pageshow", (event) => event.persisted && ask());
timer = setTimeout(ask, POLL_MS);
