// When the tablet cannot do its work: a screen broke, or the browser keeps nothing for it.
import { html } from "../ui.js";
import { t } from "../words/index.js";

/** A screen broke. What is in the outbox is not touched by that. */
export function Broken({ tryAgain }) {
  return html`<main class="gate">
    <h1>${t("broken.title")}</h1>
    <p class="notice bad" role="alert">${t("broken.advice")}</p>
    <button class="main" onClick=${tryAgain}>${t("broken.start")}</button>
  </main>`;
}

/** Without a place that keeps the sales, none may be made. */
export function NothingIsKept() {
  return html`<main class="gate">
    <h1>${t("broken.keeps_nothing")}</h1>
    <p class="notice bad" role="alert">${t("broken.keeps_nothing_advice")}</p>
    <button class="main" onClick=${() => location.reload()}>${t("try_again")}</button>
  </main>`;
}
