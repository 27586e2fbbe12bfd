// A PIN, on the keys of the screen or of a keyboard.
import { html, useId, useState } from "../ui.js";
import { useBusy } from "./busy.js";
import { useFocus } from "./focus.js";
import { Keypad } from "./keypad.js";

const [SHORTEST, LONGEST] = [4, 8];

/** Asks for a PIN and calls `use(pin)` with it; `sentenceOf(error)` says what went wrong. */
export function Pin({ label, verb, use, sentenceOf, children }) {
  const [focus, id] = [useFocus(), useId()];
  const [pin, setPin] = useState("");
  const { run, isBusy, error } = useBusy();
  const submit = (event) => {
    event.preventDefault();
    run(() => use(pin).finally(() => setPin("")));
  };
  const onDigit = (digit) => setPin((typed) => (typed + digit).slice(0, LONGEST));
  return html`<form class="pin" onSubmit=${submit}>
    <label for=${id}>${label}</label>
    <input id=${id} type="password" inputmode="none" autocomplete="off" ref=${focus} value=${pin}
      onInput=${(event) => setPin(event.target.value.replace(/\D/g, "").slice(0, LONGEST))} />
    <div class="pin-said">${error && html`<p class="advice" role="alert">${sentenceOf(error)}</p>`}</div>
    <${Keypad} onDigit=${onDigit} onBack=${() => setPin((typed) => typed.slice(0, -1))} />
    ${children}
    <button class="main" disabled=${isBusy || pin.length < SHORTEST}>${verb}</button>
  </form>`;
}
