// Keeps opened lessons for reading without a network: docs/rules/learning.md, rules L26-L28. It answers from what it kept
// only when the network fails, keeps only what the server marked with the owner's header, and never touches the rest.
const CONFIG = {{ config|safe }};
const SHELL = "shell-1";
const STATIC = "static-1";
const LESSONS = "lessons-";
const IMAGES = /^\/learn\/lessons\/\d+\/(media|slides)\//;
const UNTOUCHED = ["/cms/", "/django-admin/", "/api/", "/healthz", "/readyz"];
const MOST_STATIC = 150;

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

self.addEventListener("message", (event) => {
  const { type, ...message } = event.data ?? {};
  if (type === "keep") event.waitUntil(keep(message).then(() => event.source?.postMessage({ type: "kept" })));
  if (type === "forget") event.waitUntil(forget());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin || UNTOUCHED.some((start) => url.pathname.startsWith(start))) return;
  if (request.method === "POST" && url.pathname.startsWith("/accounts/logout")) {
    event.respondWith(forget().then(() => fetch(request)));
  } else if (request.method !== "GET") {
    return;
  } else if (request.mode === "navigate") {
    event.respondWith(page(request, url));
  } else if (url.pathname.startsWith(CONFIG.static_url)) {
    event.respondWith(fetch(request).catch(() => kept(request)));
  } else if (IMAGES.test(url.pathname)) {
    event.respondWith(fetch(request).catch(() => image(url)));
  }
});

async function install() {
  const shell = await caches.open(SHELL);
  // Without cookies: the page is the same for everybody and names nobody.
  const files = ["/offline/", ...CONFIG.shell].map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  await shell.addAll(files);
  await self.skipWaiting();
}

async function activate() {
  const wanted = (name) => name === SHELL || name === STATIC || name.startsWith(LESSONS);
  for (const name of await caches.keys()) if (!wanted(name)) await caches.delete(name);
  await self.clients.claim();
}

// A page: from the network; what the answer says about the lesson is followed. Without a network: what was kept.
async function page(request, url) {
  let response;
  try {
    response = await fetch(request);
  } catch {
    return (await lesson(url)) ?? caches.match("/offline/", { cacheName: SHELL });
  }
  // The form to sign in is shown to nobody who is signed in (they are sent on): whoever was is gone.
  if (response.ok && url.pathname.startsWith("/accounts/login/")) await forget();
  await follow(url, response);
  return response;
}

async function follow(url, response) {
  if (response.status >= 500) return;
  const owner = response.headers.get(CONFIG.owner_header);
  if (owner && response.ok && !response.redirected) {
    await forget(LESSONS + owner);
    await (await caches.open(LESSONS + owner)).put(url.pathname, response.clone());
  } else {
    for (const name of await lessonCaches()) await (await caches.open(name)).delete(url.pathname);
  }
}

async function lesson(url) {
  for (const name of await lessonCaches()) {
    const found = await (await caches.open(name)).match(url.pathname);
    if (!found) continue;
    const age = (Date.now() - Date.parse(found.headers.get("date"))) / 1000;
    if (age < CONFIG.max_age_seconds) return found;
  }
  return null;
}

// A picture exists in two widths; the one that was kept will do.
async function image(url) {
  const other = url.pathname.includes("/w720/") ? ["/w720/", "/w1440/"] : ["/w1440/", "/w720/"];
  for (const path of [url.pathname, url.pathname.replace(...other)]) {
    for (const name of await lessonCaches()) {
      const found = await (await caches.open(name)).match(path);
      if (found) return found;
    }
  }
  return Response.error();
}

async function kept(request) {
  return (await caches.match(request, { cacheName: STATIC })) ?? (await caches.match(request, { cacheName: SHELL }))
    ?? Response.error();
}

// What an open lesson asks for: itself (if it was loaded before this worker stood ready), its pictures, its scripts.
async function keep({ path, owner, images, files, courses }) {
  await forget(LESSONS + owner);
  const lessons = await caches.open(LESSONS + owner);
  for (const request of await lessons.keys()) {
    const { pathname } = new URL(request.url);
    const isKept = IMAGES.test(pathname) || courses.some((start) => pathname.startsWith(start));
    if (!isKept) await lessons.delete(request);
  }
  if (path && !(await lessons.match(path))) {
    const response = await fetch(path, { headers: { Accept: "text/html" } }).catch(() => null);
    if (response) await follow(new URL(path, location.origin), response);
  }
  for (const address of images ?? []) {
    if (await lessons.match(address)) continue;
    const response = await fetch(address).catch(() => null);
    if (response?.ok && !response.redirected) await lessons.put(address, response);
  }
  const statics = await caches.open(STATIC);
  for (const address of files ?? []) {
    const response = await fetch(address).catch(() => null);
    if (response?.ok) await statics.put(address, response);
  }
  const old = (await statics.keys()).slice(0, -MOST_STATIC);
  for (const request of old) await statics.delete(request);
}

async function lessonCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(LESSONS));
}

// Everything kept goes, except what belongs to `owner`.
async function forget(owner = "") {
  for (const name of await lessonCaches()) if (name !== owner) await caches.delete(name);
}
