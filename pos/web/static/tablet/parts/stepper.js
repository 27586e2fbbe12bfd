// How many, in steps of one.
import { html } from "../ui.js";
import { t } from "../words/index.js";

export function Stepper({ label, value, least = 0, most = Infinity, onChange }) {
  return html`<div class="stepper" role="group" aria-label=${label}>
    <button type="button" disabled=${value <= least} aria-label=${t("options.fewer")} onClick=${() => onChange(value - 1)}>−</button>
    <output aria-live="polite">${value}</output>
    <button type="button" disabled=${value >= most} aria-label=${t("options.more")} onClick=${() => onChange(value + 1)}>+</button>
  </div>`;
}
