// What goes back of an order: money, goods with what was paid for them, a line, or all of it. Always with the reason.
import { html, useId, useState } from "../ui.js";
import { acts, held } from "../core/orders.js";
import { money, t } from "../words/index.js";
import { Act } from "./act.js";
import { Amount } from "./amount.js";
import { Reason } from "./reason.js";
import { Stepper } from "./stepper.js";

/** Money, as an amount or as what was paid for goods. */
export function Refund({ order, ...dialog }) {
  const [way, setWay] = useState("amount");
  const [amount, setAmount] = useState(held(order));
  const [quantities, setQuantities] = useState({});
  const [isRestocked, setIsRestocked] = useState(false);
  const [reason, setReason] = useState("");
  const lines = Object.entries(quantities).filter(([, quantity]) => quantity > 0).map(([line_id, quantity]) => ({ line_id, quantity }));
  const byLines = { lines, ...(isRestocked && { restock: true }) };
  const isChosen = way === "amount" ? amount > 0 && amount <= held(order) : lines.length > 0;
  const body = { reason: reason.trim(), ...(way === "amount" ? { amount } : byLines) };
  const verb = way === "amount" && amount ? t("refund.do_amount", { amount: money(amount) }) : t("refund.do");
  return html`<${Act} title=${t("refund.title")} verb=${verb} needsManager isDangerous isReady=${isChosen && reason.trim()}
    order=${order} act=${acts.refund(order, body)} ...${dialog}>
    <div class="choices" role="group" aria-label=${t("refund.title")}>
      ${["amount", "lines"].map((each) => html`<button type="button" key=${each} aria-pressed=${each === way} onClick=${() => setWay(each)}>${t(`refund.by_${each}`)}</button>`)}
    </div>
    ${way === "amount"
      ? html`<${Amount} label=${t("refund.amount", { amount: money(held(order)) })} value=${held(order)} onChange=${setAmount} />`
      : html`<${Goods} lines=${order.lines} quantities=${quantities} choose=${(id, quantity) => setQuantities({ ...quantities, [id]: quantity })} />
          <${Tick} label=${t("refund.restock")} isOn=${isRestocked} set=${setIsRestocked} />`}
    <p class="quiet">${t("refund.where")}</p>
    <${Reason} value=${reason} onChange=${setReason} />
  <//>`;
}

function Goods({ lines, quantities, choose }) {
  return html`<ul class="back">
    ${lines.map(({ id, name, quantity }) => html`<li class="row" key=${id}><span>${quantity} × ${name}</span>
      <${Stepper} label=${name} value=${quantities[id] ?? 0} most=${quantity} onChange=${(wanted) => choose(id, wanted)} /></li>`)}
  </ul>`;
}

function Tick({ label, isOn, set }) {
  const id = useId();
  return html`<label class="tick" for=${id}><input id=${id} type="checkbox" checked=${isOn} onChange=${(event) => set(event.target.checked)} /> ${label}</label>`;
}

/** The whole order; with the money that is in it, which a manager answers for. */
export function Cancel({ order, ...dialog }) {
  const [reason, setReason] = useState("");
  const goesBack = held(order);
  const body = { reason: reason.trim(), ...(goesBack > 0 && { refund: true }) };
  return html`<${Act} title=${t("cancel.title", { reference: order.reference })} verb=${t("cancel.do")} needsManager=${goesBack > 0} isDangerous isReady=${reason.trim()}
    order=${order} act=${acts.cancel(order, body)} ...${dialog}>
    <p>${goesBack > 0 ? t("cancel.with_money", { amount: money(goesBack) }) : t("cancel.how")}</p>
    <${Reason} value=${reason} onChange=${setReason} />
  <//>`;
}

/**
 * One line of an open order. The act is about the bill that was seen when the dialog opened; a tap in the kitchen meanwhile makes it no
 * other bill, so the reason and the PIN need not be given again.
 */
export function VoidLine({ order, line, etag, ...dialog }) {
  const [looked] = useState({ etag, bill: billOf(order) });
  const seen = billOf(order) === looked.bill ? etag : looked.etag;
  const [reason, setReason] = useState("");
  return html`<${Act} title=${t("void.title", { name: line.name })} verb=${t("void.do")} name=${t("void.title", { name: line.name })} needsManager isDangerous isReady=${reason.trim()}
    order=${order} act=${acts.voidLine(order, line, { reason: reason.trim() }, seen)} ...${dialog}>
    <p>${t("void.how", { what: `${line.quantity} × ${line.name}`, amount: money(line.total) })}</p>
    <${Reason} value=${reason} onChange=${setReason} />
  <//>`;
}

// What somebody read before they decided: what is on the bill, and what was paid.
function billOf({ lines, total, amount_paid: paid, amount_refunded: refunded }) {
  return JSON.stringify([total, paid, refunded, lines.map((line) => [line.id, line.quantity, line.total])]);
}
