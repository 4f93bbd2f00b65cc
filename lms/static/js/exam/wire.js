// Requests to our own server: a time limit, the CSRF cookie, no redirects followed, and never an exception.
const TIMEOUT_MS = 10 * 1000;

const cookie = (name) => {
  const part = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return part ? part.slice(name.length + 1) : "";
};

/** What fetch is told for a JSON request; `headers` come on top. */
export function requestOf(body, headers = {}) {
  return {
    method: "POST",
    redirect: "manual",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken"), ...headers },
    body: JSON.stringify(body),
  };
}

/**
 * Ask the server. Returns {status, reply, sent, received}: status 0 = no network, 401 = login needed; reply = the JSON or {};
 * sent and received are performance.now() around the request.
 */
export async function ask(url, request) {
  const sent = performance.now();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  let status = 0;
  let reply = {};
  try {
    const response = await fetch(url, { ...request, signal: timeout.signal });
    status = response.type === "opaqueredirect" ? 401 : response.status;
    if (status !== 401) reply = await response.json().catch(() => ({}));
  } catch (problem) {
    status = 0;
  } finally {
    clearTimeout(timer);
  }
  return { status, reply, sent, received: performance.now() };
}
