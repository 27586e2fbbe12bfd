/** Papers of the API: shown on the page (`data-into` names the place), or printed (`data-prints`). `data-paper` is the path. */
import { call } from "./api.js";
import { drawn, printed } from "../print/print.js";
import { tell } from "./told.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-paper]");
  if (!button) return;
  button.disabled = true;
  const answer = await call("GET", button.dataset.paper);
  button.disabled = false;
  if (!answer.ok) tell(answer.body.detail ?? "This did not work. Try again in a moment.", "bad");
  else if (button.dataset.into) show(document.getElementById(button.dataset.into), answer.body);
  else printed(answer.body);
});

function show(place, paper) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Print" });
  button.addEventListener("click", () => printed(paper));
  place.replaceChildren(drawn(paper), button);
  place.hidden = false;
  place.focus();
}
