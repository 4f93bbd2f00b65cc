// The board refreshes by replacing only what has changed, so ticks, scrolling and focus stay where they are.
const box = document.getElementById("room-rows");
const offset = Date.parse(box.dataset.serverNow) - Date.now(); // the device's clock may be wrong
const known = new Map(); // row id → the HTML that the server sent for it

const two = (number) => String(number).padStart(2, "0");
const setText = (node, text) => {
  if (node && node.textContent !== text) node.textContent = text;
};

function tick() {
  const now = Date.now() + offset;
  for (const time of box.querySelectorAll("time[data-left]")) {
    const left = Math.ceil((Date.parse(time.dateTime) - now) / 1000);
    setText(time, left > 0 ? `${Math.floor(left / 60)}:${two(left % 60)}` : "到时，待收卷");
  }
  for (const time of box.querySelectorAll("time[data-ago]")) {
    const ago = Math.max(0, Math.round((now - Date.parse(time.dateTime)) / 1000));
    setText(time, ago < 90 ? `${ago} 秒前` : `${Math.floor(ago / 60)} 分钟前`);
  }
}

function remember(root) {
  known.clear();
  for (const row of root.querySelectorAll("tbody tr")) known.set(row.id, row.outerHTML);
}

function replaceRow(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const wasTicked = old.querySelector("input[name=row]")?.checked ?? false;
  old.replaceWith(fresh);
  const tickBox = fresh.querySelector("input[name=row]");
  if (tickBox) tickBox.checked = wasTicked;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function merge(html) {
  const sent = document.createElement("template");
  sent.innerHTML = html;
  const freshBody = sent.content.querySelector("tbody");
  const body = box.querySelector("tbody");
  if (!freshBody || !body) {
    remember(sent.content);
    box.replaceChildren(sent.content);
    return;
  }
  const before = new Map(known);
  remember(sent.content);
  for (const selector of ["#room-counts", ".room-pages"]) {
    const [old, fresh] = [box.querySelector(selector), sent.content.querySelector(selector)];
    if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
    else if (old && !fresh) old.remove();
    else if (!old && fresh) box.append(fresh);
  }
  let place = body.firstElementChild;
  for (const fresh of [...freshBody.children]) {
    const old = document.getElementById(fresh.id);
    let row = old ?? fresh;
    if (old && before.get(fresh.id) !== known.get(fresh.id)) {
      if (place === old) place = fresh;
      replaceRow(old, fresh);
      row = fresh;
    }
    if (place === row) place = row.nextElementSibling;
    else body.insertBefore(row, place);
  }
  for (const row of [...body.children]) {
    const isTicked = row.querySelector("input[name=row]")?.checked; // stays, although it belongs on another page now
    if (!known.has(row.id) && !isTicked) row.remove();
  }
}

function countTicks() {
  const ticked = box.querySelectorAll("input[name=row]:checked").length;
  setText(document.querySelector("[data-picked]"), ticked ? `（${ticked} 人）` : "");
}

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.target !== box) return;
  const { xhr, successful } = event.detail;
  const trouble = document.querySelector("[data-trouble]");
  if (successful) {
    merge(xhr.responseText);
    tick();
    countTicks();
    setText(trouble, "");
    setText(document.querySelector("[data-refreshed]"), `最近更新 ${new Date(Date.now() + offset).toLocaleTimeString("zh-CN", { hour12: false })}`);
  } else if (xhr.status === 403 || xhr.status === 404) {
    setText(trouble, "没有再更新：登录已过期，或者权限有变。请刷新页面重新登录。");
  } else {
    setText(trouble, "没有连上服务器，显示的是最近一次更新时的情况。网络恢复后会自动继续。");
  }
});
box.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]"))
    for (const tickBox of box.querySelectorAll("input[name=row]")) tickBox.checked = event.target.checked;
  countTicks();
});

remember(box);
tick();
countTicks();
setInterval(tick, 1000);
