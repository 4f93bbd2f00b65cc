// Lets a file be dropped on the form; without this script the file field works as it is.
const zone = document.querySelector("[data-drop]");
const field = zone.querySelector("input[type=file]");

zone.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("is-over");
});
zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("is-over");
  if (event.dataTransfer.files.length === 1) {
    field.files = event.dataTransfer.files;
  }
});
