// Sends a form to the site and says what became of it. No network is an answer too.
export async function post(url, fields, { keepalive = false } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...fields });
  let response;
  try {
    response = await fetch(url, {
      method: "POST", body, keepalive, redirect: "manual", headers: { Accept: "application/json" },
    });
  } catch {
    return { status: 0 };
  }
  if (response.type === "opaqueredirect") return { status: 401 };
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, ...(isJson ? await response.json() : {}) };
}
