/** What the pages of the catalogue do besides sending forms: lists that grow, a picture before it is sent, counting one after the other. */
import { editLists } from "./rows.js";
import { showSheet } from "./sheet.js";

for (const form of document.querySelectorAll("form:has([data-list])")) editLists(form);
for (const field of document.querySelectorAll("input[data-preview]")) previewOf(field);
for (const choice of document.querySelectorAll("select[data-kind-of]")) kindOf(choice);
for (const form of document.querySelectorAll("form[data-sheet]")) showSheet(form);
document.addEventListener("office:done", (event) => {
  if (event.target.matches("[data-count]")) counted(event.target, event.detail);
});

/** The chosen picture, in the image that `data-preview` names, as it will be seen. */
function previewOf(field) {
  const image = document.getElementById(field.dataset.preview);
  field.addEventListener("change", () => {
    const [file] = field.files;
    image.hidden = !file;
    if (!file) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => image.setAttribute("src", reader.result));
    reader.readAsDataURL(file);
  });
}

/** What is chosen says how another field is read: percent is a whole number, an amount has decimals. */
function kindOf(choice) {
  const field = choice.form.elements.namedItem(choice.dataset.kindOf);
  const follow = () => {
    const option = choice.selectedOptions[0];
    field.dataset.reads = option.dataset.reads;
    field.labels[0].textContent = option.dataset.label;
  };
  choice.addEventListener("change", follow);
  follow();
}

/** What was counted is the new state, and the next one is counted. */
function counted(form, product) {
  const field = form.elements.namedItem("stock_quantity");
  form.dataset.version = `${product.version}.${product.stock_quantity}`;
  field.defaultValue = String(product.stock_quantity);
  field.value = field.defaultValue;
  const forms = [...document.querySelectorAll("form[data-count]")];
  const cell = form.closest("tr")?.querySelector("td[data-title='In stock']");
  if (cell) cell.textContent = field.value;
  const next = forms[forms.indexOf(form) + 1]?.elements.namedItem("stock_quantity") ?? field;
  next.focus();
  next.select();
}
