/** Papers of the API: shown on the page (`data-into` names the place), or printed (`data-prints`). `data-paper` is the path. */
import { call } from "./api.js";
import { tell } from "./told.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-paper]");
  if (!button) return;
  button.disabled = true;
  const answer = await call("GET", button.dataset.paper);
  button.disabled = false;
  if (!answer.ok) tell(answer.body.detail ?? "This did not work. Try again in a moment.", "bad");
  else if (button.dataset.into) show(document.getElementById(button.dataset.into), answer.body);
  else print(answer.body);
});

function show(place, paper) {
  const button = madeOf("button", "", "Print");
  button.type = "button";
  button.addEventListener("click", () => print(paper));
  place.replaceChildren(drawn(paper), button);
  place.hidden = false;
  place.focus();
}

async function print(paper) {
  const { printed } = await import("../print/print.js");
  printed(paper);
}

function drawn({ title, blocks }) {
  const sheet = madeOf("div", "paper", ...blocks.map(block));
  sheet.setAttribute("role", "document");
  sheet.setAttribute("aria-label", title);
  return sheet;
}

function block({ kind, text, align = "left", bold, size = 1, left, right }) {
  const look = `${bold ? "bold" : ""}${size > 1 ? " large" : ""}`;
  if (kind === "rule") return document.createElement("hr");
  if (kind === "pair") return madeOf("p", `pair ${look}`, madeOf("span", "", left), madeOf("span", "number", right));
  return madeOf("p", `${align} ${look}`, kind === "text" ? text : "\u00a0");
}

function madeOf(tag, look, ...parts) {
  const element = document.createElement(tag);
  element.className = look.trim();
  element.append(...parts);
  return element;
}
