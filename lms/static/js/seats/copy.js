// Shows the copy button where the browser can copy, and says when it has.
const button = document.querySelector("[data-copies]");
if (button && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copies).value);
    document.querySelector("[data-copied]").textContent = "已复制。";
  });
}
