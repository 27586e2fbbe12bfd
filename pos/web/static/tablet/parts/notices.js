// What everybody at this tablet should know right now.
import { html } from "../ui.js";
import { clockError } from "../core/catalog.js";
import { startsAlone } from "../core/install.js";
import { t } from "../words/index.js";

const MINUTE_MS = 60_000;

export function Notices() {
  const minutes = Math.round(Math.abs(clockError.value) / MINUTE_MS);
  return html`<div class="notices">
    ${minutes > 0 && html`<p class="notice warn" role="status">${t(clockError.value > 0 ? "notice.clock_ahead" : "notice.clock_behind", { n: minutes })}</p>`}
  </div>`;
}

/** At an address that is not secure: the browser will not keep the tablet on the device. */
export function NotSecure() {
  return startsAlone.value === false ? html`<p class="notice warn">${t("notice.not_secure")}</p>` : null;
}
