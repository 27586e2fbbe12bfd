// A field for an amount of money, written in major units, as people do.
import { html, useId, useState } from "../ui.js";
import { currencyDigits, place, t } from "../words/index.js";
import { useFocus } from "./focus.js";

/** Minor units for what was typed, with a point or a comma before the part; null for what is no amount. */
export function readAmount(typed, digits) {
  const [, whole, part = ""] = typed.trim().match(/^(\d{0,10})(?:[.,](\d*))?$/) ?? [];
  if (whole === undefined || (!whole && !part) || part.length > digits) return null;
  return Number(whole || 0) * 10 ** digits + Number(part.padEnd(digits, "0") || 0);
}

/** The way back, for the field: 250 → 2.50. */
export function writeAmount(amount, digits) {
  return amount === null || amount === undefined ? "" : (amount / 10 ** digits).toFixed(digits);
}

/** `onChange(amount, isWrong)`: null for nothing, and for what `isWrong` since it is no amount. */
export function Amount({ label, value, onChange, autofocus = false }) {
  const [digits, id, focus] = [currencyDigits(), useId(), useFocus()];
  const [typed, setTyped] = useState(writeAmount(value, digits));
  const isWrong = typed !== "" && readAmount(typed, digits) === null;
  const onInput = (event) => {
    const [text, amount] = [event.target.value, readAmount(event.target.value, digits)];
    setTyped(text);
    onChange(amount, text !== "" && amount === null);
  };
  return html`<div class="amount">
    <label for=${id}>${label} (${place.value.currency})</label>
    <input id=${id} inputmode="decimal" autocomplete="off" ref=${autofocus ? focus : undefined} value=${typed} onInput=${onInput} aria-invalid=${isWrong ? "true" : "false"} />
    ${isWrong && html`<p class="advice" role="alert">${t("amount.wrong", { example: writeAmount(25 * 10 ** Math.max(digits - 1, 0), digits) })}</p>`}
  </div>`;
}
