// A manager's word for what a cashier may not do alone: the manager's name, then the PIN, at this register.
import { html, useState } from "../ui.js";
import { NoAnswer } from "../core/api.js";
import { isByHand } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { approve, isManager } from "../core/session.js";
import { t } from "../words/index.js";
import { Dialog } from "./dialog.js";
import { Pin } from "./pin.js";
import { sentenceFor } from "./problem.js";

const MANAGERS = new Set(["manager", "owner"]);

/** `useApproval` for the basket: asks only if a cashier gave a discount. Without network nobody can be asked; the server notes that. */
export function useApprovalOfSale() {
  const { ask, dialog } = useApproval(t("approval.without"));
  return { ask: (act) => (isByHand.value && !isManager.value && isOnline.value ? ask(act) : act()), dialog };
}

/**
 * `{ask, dialog}`: `ask(act)` has a manager give the PIN, then calls `act(approval)`; `dialog` is to be shown. `without` says what to do
 * if the server does not answer, where there is something.
 */
export function useApproval(without) {
  const [act, setAct] = useState(null);
  const onApproved = (approval) => {
    setAct(null);
    act(approval);
  };
  return { ask: (wanted) => setAct(() => wanted), dialog: act && html`<${Approval} onApproved=${onApproved} onClose=${() => setAct(null)} without=${without} />` };
}

function Approval({ onApproved, onClose, without }) {
  const managers = catalog.value.people.filter((person) => MANAGERS.has(person.role));
  const [chosen, setChosen] = useState(managers.length === 1 ? managers[0] : null);
  const use = async (pin) => onApproved(await approve(chosen.id, pin));
  const sentenceOf = (error) => (error instanceof NoAnswer && without) || sentenceFor(error);
  return html`<${Dialog} title=${t("approval.title")} onClose=${onClose}>
    <p class="quiet">${t(managers.length ? "approval.how" : "approval.nobody")}</p>
    <ul class="names">
      ${managers.map((person) => html`<li key=${person.id}>
        <button aria-pressed=${person === chosen} onClick=${() => setChosen(person)}>${person.name}<span class="small quiet">${t(`role.${person.role}`)}</span></button>
      </li>`)}
    </ul>
    ${chosen && html`<${Pin} key=${chosen.id} label=${t("people.pin", { name: chosen.name })} verb=${t("approval.do")} use=${use} sentenceOf=${sentenceOf} />`}
  <//>`;
}
