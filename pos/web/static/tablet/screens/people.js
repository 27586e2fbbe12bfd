// Who stands at the counter: a name, then the PIN.
import { html, useState } from "../ui.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { signIn, UnknownHere, WrongPin } from "../core/session.js";
import { useBusy } from "../parts/busy.js";
import { useFocus } from "../parts/focus.js";
import { Keypad } from "../parts/keypad.js";
import { NotSecure } from "../parts/notices.js";
import { sentenceFor } from "../parts/problem.js";
import { t } from "../words/index.js";

const LONGEST_PIN = 8;

export function People() {
  const { people, location, register } = catalog.value;
  const [chosen, setChosen] = useState(people.length === 1 ? people[0].id : null);
  const who = people.find((person) => person.id === chosen);
  return html`<main class="gate people">
    <h1>${t("people.title")}</h1>
    <p class="quiet">${location.name} · ${register.name}</p>
    <${NotSecure} />
    ${people.length === 0 && html`<p class="empty">${t("people.empty")}</p>`}
    <ul class="names">
      ${people.map((person) => html`<li key=${person.id}>
        <button aria-pressed=${person.id === chosen} onClick=${() => setChosen(person.id)}>${person.name}<span class="small quiet">${t(`role.${person.role}`)}</span></button>
      </li>`)}
    </ul>
    ${who && html`<${Pin} key=${who.id} who=${who} />`}
  </main>`;
}

function Pin({ who }) {
  const focus = useFocus();
  const [pin, setPin] = useState("");
  const { run, isBusy, error } = useBusy();
  const submit = (event) => {
    event.preventDefault();
    run(() => signIn(who, pin).finally(() => setPin("")));
  };
  const onDigit = (digit) => setPin((typed) => (typed + digit).slice(0, LONGEST_PIN));
  return html`<form class="pin" onSubmit=${submit}>
    <label for="pin">${t("people.pin", { name: who.name })}</label>
    <input id="pin" type="password" inputmode="none" autocomplete="off" ref=${focus} value=${pin}
      onInput=${(event) => setPin(event.target.value.replace(/\D/g, "").slice(0, LONGEST_PIN))} />
    <${Keypad} onDigit=${onDigit} onBack=${() => setPin((typed) => typed.slice(0, -1))} />
    ${!isOnline.value && html`<p class="notice warn">${t("people.offline")}</p>`}
    ${error && html`<p class="notice bad" role="alert">${pinProblem(error)}</p>`}
    <button class="main" disabled=${isBusy || pin.length < 4}>${t("people.enter")}</button>
  </form>`;
}

function pinProblem(error) {
  if (error instanceof UnknownHere) return t("people.unknown_here");
  return error instanceof WrongPin ? t("problem.wrong-pin") : sentenceFor(error);
}
