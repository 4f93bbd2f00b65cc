// Lists what can be read without a network. The worker shows this page in place of one that it could not fetch.
const part = (name) => document.querySelector(`[data-part="${name}"]`);

async function kept() {
  const found = [];
  if (!("caches" in window)) return found;
  for (const name of (await caches.keys()).filter((key) => key.startsWith("lessons-"))) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const response = await cache.match(request);
      if (!response.headers.get("content-type")?.startsWith("text/html")) continue;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      found.push({ href: new URL(request.url).pathname, title: page.querySelector("h1")?.textContent ?? request.url });
    }
  }
  return found;
}

const lessons = await kept();
const list = part("kept").querySelector("ul");
for (const { href, title } of lessons) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = href;
  link.textContent = title;
  item.append(link);
  list.append(item);
}
part("kept").hidden = lessons.length === 0;
part("none").hidden = lessons.length > 0;
part("exam").hidden = !location.pathname.startsWith("/exams/");
part("retry").addEventListener("click", () => location.reload());
window.addEventListener("online", () => location.pathname !== "/offline/" && location.reload());
