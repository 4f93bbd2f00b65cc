// Opens a <dialog> from any element with data-opens="#id"; closing is the dialog's own.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.querySelector(opener.dataset.opens).showModal();
  }
});
