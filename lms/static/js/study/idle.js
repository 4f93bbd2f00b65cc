// "还在学习吗？": asked a minute before time stops counting. The dialog takes the focus, any key or click answers it.
// docs/rules/study-time.md, rule T12.
const NOTICE_SECONDS = 60;

export function askIfThere(dialog, answered) {
  const left = dialog?.querySelector("[data-part=left]");
  const lost = dialog?.querySelector("[data-part=lost]");
  const wait = dialog?.querySelector("[data-part=wait]");

  dialog?.addEventListener("close", answered);

  return {
    look(idle, limit) {
      if (!dialog || !limit) return;
      const remaining = limit - idle;
      if (!dialog.open) {
        if (remaining > Math.min(NOTICE_SECONDS, limit / 2)) return;
        dialog.showModal();
      } else if (remaining > NOTICE_SECONDS) {
        dialog.close(); // somebody is there after all: they moved or pressed something
        return;
      }
      wait.hidden = remaining <= 0;
      lost.hidden = remaining > 0;
      left.textContent = String(Math.max(0, remaining));
    },
  };
}
