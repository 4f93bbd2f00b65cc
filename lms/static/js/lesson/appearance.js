// Before the first paint: how this device likes to read. Kept on the device alone: docs/rules/learning.md, rule L29.
(() => {
  try {
    const chosen = JSON.parse(localStorage.getItem("reading") ?? "{}");
    for (const [name, value] of Object.entries(chosen)) document.documentElement.dataset[`read${name}`] = value;
  } catch {
    // no storage, no preference
  }
})();
