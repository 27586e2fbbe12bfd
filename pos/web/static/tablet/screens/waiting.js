// Before the first catalogue has come: nothing can be sold yet.
import { html } from "../ui.js";
import { sync } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { t } from "../words/index.js";

export function Waiting() {
  return html`<main class="gate">
    <h1>${t("waiting.title")}</h1>
    <p role="status">${t(isOnline.value ? "waiting.loading" : "waiting.offline")}</p>
    <button class="main" onClick=${sync}>${t("try_again")}</button>
  </main>`;
}
