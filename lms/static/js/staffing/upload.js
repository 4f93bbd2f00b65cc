// A big roster takes seconds: say so, and take the form only once.
const form = document.querySelector("[data-upload]");
const button = form.querySelector("[data-busy]");
const label = button.textContent;

form.addEventListener("submit", () => {
  button.disabled = true;
  button.textContent = button.dataset.busy;
});

// Back from the result: the form must be usable again.
window.addEventListener("pageshow", () => {
  button.disabled = false;
  button.textContent = label;
});
