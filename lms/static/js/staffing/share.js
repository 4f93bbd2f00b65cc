// Shows the copy buttons where the browser can copy, and says when it has.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copies).value);
    document.querySelector("[data-copied]").textContent = "已复制。";
  });
}
