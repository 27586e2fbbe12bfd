// Large digits for a number: a phone, a PIN, an amount. The keys of a keyboard do the same through the field beside it.
import { html } from "../ui.js";
import { t } from "../words/index.js";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Calls `onDigit(text)` and `onBack()`; `extra` is the key left of the 0, such as "+" or "00". */
export function Keypad({ onDigit, onBack, extra }) {
  const key = (digit) => html`<button type="button" onClick=${() => onDigit(digit)}>${digit}</button>`;
  return html`<div class="keypad" role="group" aria-label=${t("keypad.digits")}>
    ${DIGITS.map(key)}
    ${extra ? key(extra) : html`<span></span>`}
    ${key("0")}
    <button type="button" onClick=${onBack} aria-label=${t("keypad.back")}>⌫</button>
  </div>`;
}
