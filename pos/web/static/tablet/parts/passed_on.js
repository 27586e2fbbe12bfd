// A number that is somebody else's by now, and the points that wait behind it until somebody says who they were.
import { html, useState } from "../ui.js";
import { claim, passOn } from "../core/customers.js";
import { isOnline } from "../core/network.js";
import { t } from "../words/index.js";
import { useBusy } from "./busy.js";
import { Dialog } from "./dialog.js";
import { Problem } from "./problem.js";

/** What to do when the number is not this customer's: type it again, or give it to whoever stands there, who is shown by `show(customer)`. */
export function NotThisPerson({ customer, phone, show, onClose, startAgain, sellWithout }) {
  const [name, setName] = useState("");
  const { run, isBusy, error } = useBusy();
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      show(await passOn(customer.id, phone, name.trim()));
      onClose();
    });
  };
  return html`<${Dialog} title=${t("phone.not_this_person")} onClose=${onClose}>
    <p>${t("phone.not_this_person_advice")}</p>
    <button class="main" onClick=${() => { onClose(); startAgain(); }}>${t("phone.type_again")}</button>
    ${isOnline.value ? html`<form class="stack" onSubmit=${submit}>
      <label for="new-name">${t("phone.new_name")}</label>
      <input id="new-name" maxlength="200" autocomplete="off" value=${name} onInput=${(event) => setName(event.target.value)} />
      <${Problem} error=${error} />
      <button disabled=${isBusy}>${t("phone.theirs_now")}</button>
    </form>` : html`<p class="notice">${t("phone.theirs_needs_network")}</p>`}
    <button class="plain" onClick=${sellWithout}>${t("phone.walk_in")}</button>
  <//>`;
}

/** The offer to say who somebody was; whom the answer shows is shown by `show(customer)`. */
export function PointsFromBefore({ customer, show }) {
  const [isAsking, setIsAsking] = useState(false);
  return html`<div class="stack">
    <p class="notice">${t(customer.has_hidden_balance ? "claim.hidden" : "claim.offer")}</p>
    <button onClick=${() => setIsAsking(true)}>${t("claim.ask")}</button>
    ${isAsking && html`<${Claim} customer=${customer} show=${show} onClose=${() => setIsAsking(false)} />`}
  </div>`;
}

function Claim({ customer, show, onClose }) {
  const [said, setSaid] = useState("");
  const { run, isBusy, error } = useBusy();
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      const found = await claim(customer.id, said.trim());
      onClose();
      show(found);
    });
  };
  return html`<${Dialog} title=${t("claim.ask")} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <p class="quiet">${t("claim.how")}</p>
      <label for="said">${t("claim.said")}</label>
      <input id="said" maxlength="200" autocomplete="off" value=${said} onInput=${(event) => setSaid(event.target.value)} />
      <${Problem} error=${error} />
      ${!isOnline.value && html`<p class="notice">${t("claim.needs_network")}</p>`}
      <button class="main" disabled=${isBusy || !said.trim() || !isOnline.value}>${t("claim.do")}</button>
    </form>
  <//>`;
}
