// Pictures in the item's editor: what is uploaded or chosen is named in the text where the cursor was last.
const panel = document.querySelector("#pictures");
const [file, alt, button, said, list] = ["file", "alt", "insert", "said", "list"].map((name) =>
  panel.querySelector(`#picture-${name}`),
);
const texts = ["stem", "options", "explanation", "notes"].map((name) => document.querySelector(`#id_${name}`));
const NAMED = /!\[([^\]\n]*)\]\(pictures\/([0-9a-f]{24}\.[a-z]+)\)/g;
let target = texts[0];
for (const text of texts) text?.addEventListener("focus", () => (target = text));

function insert(reference) {
  const [start, end] = [target.selectionStart, target.selectionEnd];
  target.setRangeText(reference, start, end, "end");
  target.dispatchEvent(new Event("input", { bubbles: true }));
  target.dispatchEvent(new Event("change", { bubbles: true })); // Wagtail watches for unsaved changes
}

function show() {
  const shown = new Map();
  for (const text of texts) for (const [, words, name] of text?.value.matchAll(NAMED) ?? []) shown.set(name, words);
  list.replaceChildren(
    ...[...shown].map(([name, words]) => {
      const row = document.createElement("li");
      const image = document.createElement("img");
      Object.assign(image, { src: `/exams/pictures/${name}`, alt: "", className: "item-figure" }); // its words stand below
      row.append(image, document.createTextNode(words));
      return row;
    }),
  );
}

async function send() {
  const body = new FormData();
  if (file.files[0]) body.set("file", file.files[0]);
  else body.set("image", panel.querySelector("#picture-image")?.value ?? "");
  body.set("alt", alt.value);
  const csrf = panel.closest("form").querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(panel.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": csrf } });
  if (answer.status !== 200 && answer.status !== 422) throw new Error(String(answer.status));
  return { isKept: answer.ok, ...(await answer.json()) };
}

button.addEventListener("click", async () => {
  button.disabled = true;
  said.textContent = "正在上传……";
  try {
    const { isKept, reference, message } = await send();
    said.textContent = isKept ? "已插入。保存题目以后生效。" : message;
    if (isKept) {
      insert(reference);
      file.value = "";
      alt.value = "";
      show();
    }
  } catch {
    said.textContent = "没有传上去：网络断了，或者登录已过期。请检查以后再试一次。";
  }
  button.disabled = false;
});
for (const text of texts) text?.addEventListener("change", show);
show();
