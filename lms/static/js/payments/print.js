// The button that prints the page: hidden until there is somebody to hear it.
const button = document.querySelector("[data-print]");
button.hidden = false;
button.addEventListener("click", () => print());
