// Who stands at the counter: a name, then the PIN.
import { html, useState } from "../ui.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { OnlyWithNetwork, signIn, WrongPin } from "../core/session.js";
import { NotSecure } from "../parts/notices.js";
import { Pin } from "../parts/pin.js";
import { sentenceFor } from "../parts/problem.js";
import { t } from "../words/index.js";

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
    ${who && html`<${Pin} key=${who.id} label=${t("people.pin", { name: who.name })} verb=${t("people.enter")} use=${(pin) => signIn(who, pin)} sentenceOf=${sentenceOf}>
      ${!isOnline.value && html`<p class="notice warn">${t("people.offline")}</p>`}
    <//>`}
  </main>`;
}

function sentenceOf(error) {
  if (error instanceof OnlyWithNetwork) return t(`people.only_with_network.${error.why}`);
  return error instanceof WrongPin ? t("problem.wrong-pin") : sentenceFor(error);
}
