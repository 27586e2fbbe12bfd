// Why: kept in the books with whatever was taken back.
import { html, useId } from "../ui.js";
import { t } from "../words/index.js";

export function Reason({ value, onChange }) {
  const id = useId();
  return html`<div><label for=${id}>${t("reason")}</label>
    <input id=${id} maxlength="500" required autocomplete="off" value=${value} onInput=${(event) => onChange(event.target.value)} /></div>`;
}
