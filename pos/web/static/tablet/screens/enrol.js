// Makes the device a register: by the code that the owner reads out, or by the QR code that carries it (#enrol=store.CODE).
import { html, useState } from "../ui.js";
import { sync } from "../core/catalog.js";
import { refused, waiting } from "../core/outbox.js";
import { enrol, isRevoked, register } from "../core/session.js";
import { useBusy } from "../parts/busy.js";
import { Problem } from "../parts/problem.js";
import { enrolment, go } from "../route.js";
import { t } from "../words/index.js";

/** `afterwards` gets what the screens show, once the device is a register. */
export function Enrol({ afterwards = sync }) {
  const carried = enrolment.value;
  const [store, setStore] = useState(carried?.store ?? register.value?.store ?? "");
  const [code, setCode] = useState(carried?.code ?? "");
  const { run, isBusy, error } = useBusy();
  const unsent = [...waiting.value, ...refused.value];
  const slug = store.trim().toLowerCase();
  const leavesSome = slug !== register.value?.store && unsent.some((entry) => entry.made_in?.store === register.value?.store);
  const submit = (event) => {
    event.preventDefault();
    run(() => becomeRegister(slug, code.trim(), afterwards));
  };
  return html`<main class="gate">
    <h1>${t("enrol.title")}</h1>
    ${isRevoked.value && html`<p class="notice bad" role="alert">${t("enrol.revoked")}</p>`}
    ${unsent.length > 0 && html`<p class="notice warn">${t("enrol.unsent", { n: unsent.length })}</p>`}
    <p>${t("enrol.how")}</p>
    <form onSubmit=${submit}>
      <label for="store">${t("enrol.store")}</label>
      <input id="store" value=${store} onInput=${(event) => setStore(event.target.value)} required autocapitalize="none" autocomplete="off" spellcheck="false" />
      <label for="code">${t("enrol.code")}</label>
      <input id="code" value=${code} onInput=${(event) => setCode(event.target.value)} required autocapitalize="characters" autocomplete="off" spellcheck="false" />
      <${Problem} error=${error} />
      <button class="main" disabled=${isBusy || leavesSome}>${t("enrol.do")}</button>
      ${leavesSome && html`<p class="advice">${t("enrol.other_store", { store: register.value.store })}</p>`}
    </form>
    ${register.value && !isRevoked.value && html`<p><a class="button" href="#/">${t("enrol.keep", { name: register.value.name })}</a></p>`}
  </main>`;
}

async function becomeRegister(store, code, afterwards) {
  await enrol(store, code);
  go("");
  await afterwards();
}
