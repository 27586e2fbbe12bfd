/** The office's pages work without scripts as far as they only show; this sends their forms to the API and opens the menu. */
import { sendForms } from "./forms.js";
import { toldBefore } from "./told.js";

const menuButton = document.querySelector(".menu-button");
menuButton?.addEventListener("click", () => {
  const isOpen = menuButton.getAttribute("aria-expanded") === "true";
  menuButton.setAttribute("aria-expanded", String(!isOpen));
});

sendForms(document);
toldBefore();
