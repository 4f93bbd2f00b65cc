// On the result page: what this device still holds of an attempt that ended without a network is delivered for review.
import { firstOf } from "./batch.js";
import { openStore } from "./store.js";
import { ask, requestOf } from "./wire.js";

const box = document.querySelector("#leftovers");
const { attempt, handInUrl } = box.dataset;

function say(words) {
  document.querySelector("#leftovers-text").textContent = words;
  box.hidden = false;
}

/** Deliver everything; return how many answers came after the candidate's own hand-in, null if the network is away. */
async function deliver(store, left) {
  let unsaved = 0;
  for (let at = 0; at < left.length; ) {
    const batch = firstOf(left.slice(at));
    at += batch.length;
    const entries = batch.map(({ seq, position, answer, client_at }) => ({ seq, position, answer, client_at }));
    const { status, reply } = await ask(handInUrl, requestOf({ entries })); // the attempt is closed: this only keeps them
    if (status !== 200) return null;
    unsaved += reply.unsaved.length;
    await store.remove(batch);
  }
  return unsaved;
}

async function begin() {
  const store = await openStore(attempt);
  const left = (await store.all()).sort((a, b) => a.seq - b.seq);
  if (!left.length) return;
  say(`这台设备上还有 ${left.length} 次作答没有送到，正在送出。请不要关闭这一页。`);
  const unsaved = await deliver(store, left);
  if (unsaved === null) say("这台设备上的作答还没有送到。请检查网络，稍后刷新这一页，会自动再送。");
  else if (unsaved) say(`这台设备上有 ${unsaved} 次作答在你交卷以后才送出，没有计入。`);
  else say(`这台设备上的 ${left.length} 次作答已经送到。截止以后送到的标为迟到，交由人工审核，结果会写在这一页。`);
}

begin();
