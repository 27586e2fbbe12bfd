// Money for an order in the books: cash or a card, all that is due or a part of it, with a tip on top.
import { html, useState } from "../ui.js";
import { catalog } from "../core/catalog.js";
import { acts, owed } from "../core/orders.js";
import { quickTenders } from "../rules/tender.js";
import { money, t } from "../words/index.js";
import { Act } from "./act.js";
import { Amount } from "./amount.js";

export function TakeMoney({ order, ...dialog }) {
  const [method, setMethod] = useState("cash");
  const wanted = owed(order) || order.amount_due;
  const [amount, setAmount] = useState(wanted);
  const [tip, setTip] = useState(0);
  const [tendered, setTendered] = useState(null);
  const isCash = method === "cash";
  // Another sum, other notes.
  const anew = (set) => (given) => {
    set(given);
    setTendered(null);
  };
  const taken = (amount ?? 0) + (tip ?? 0);
  const isEnough = !isCash || tendered === null || tendered >= taken;
  const isReady = Boolean(amount) && amount <= order.amount_due && isEnough;
  const body = { method, amount, ...(tip && { tip }), ...(isCash && { tendered: tendered ?? taken }) };
  return html`<${Act} title=${t("money.title", { amount: money(wanted) })} verb=${t("money.take", { amount: money(taken) })} isReady=${isReady}
    order=${order} act=${acts.pay(order, body)} ...${dialog}>
    <div class="choices" role="group" aria-label=${t("money.how")}>
      ${["cash", "card"].map((each) => html`<button type="button" key=${each} aria-pressed=${each === method} onClick=${() => setMethod(each)}>${t(`pay.${each}`)}</button>`)}
    </div>
    <${Amount} label=${t("money.part")} value=${wanted} onChange=${anew(setAmount)} />
    ${amount > order.amount_due && html`<p class="advice" role="alert">${t("money.too_much", { amount: money(order.amount_due) })}</p>`}
    <${Amount} label=${t("pay.tip")} value=${null} onChange=${anew((given) => setTip(given ?? 0))} />
    ${isCash && html`<${Tendered} key=${taken} taken=${taken} tendered=${tendered} setTendered=${setTendered} />`}
  <//>`;
}

/** What the customer hands over: tapped, or typed. Until then it is taken to be the exact amount. */
function Tendered({ taken, tendered, setTendered }) {
  const [isTyped, setIsTyped] = useState(false);
  const given = tendered ?? taken;
  const quick = taken > 0 ? quickTenders(taken, catalog.value.store.currency) : [];
  const tap = (amount) => {
    setIsTyped(false);
    setTendered(amount === taken ? null : amount);
  };
  return html`<div class="chips" role="group" aria-label=${t("pay.tendered")}>
    ${quick.map((amount) => html`<button type="button" class="number" key=${amount} aria-pressed=${!isTyped && given === amount} onClick=${() => tap(amount)}>${money(amount)}</button>`)}
    <button type="button" aria-pressed=${isTyped} onClick=${() => setIsTyped(true)}>${t("pay.other_amount")}</button>
  </div>
  ${isTyped && html`<${Amount} label=${t("pay.tendered")} value=${null} onChange=${setTendered} autofocus />`}
  <p class=${given < taken ? "advice" : ""} role="status">${given < taken ? t("pay.too_little", { amount: money(taken - given) }) : t("pay.change", { amount: money(given - taken) })}</p>`;
}
