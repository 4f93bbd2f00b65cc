// Asks only for what the chosen kind of title needs. Without it every field is there and the server decides alike.
const form = document.querySelector("[data-invoice-form]");
const companyOnly = form.querySelector("[data-company-only]");

function show() {
  const isCompany = form.elements.title_kind.value === "COMPANY";
  companyOnly.hidden = !isCompany;
  if (!isCompany) form.elements.kind.value = "ORDINARY";
}

form.addEventListener("change", show);
show();
