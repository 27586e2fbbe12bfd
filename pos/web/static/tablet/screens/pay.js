// How it is paid: cash with its change, a card, a link, or in parts.
import { html, useEffect, useState } from "../ui.js";
import { basket, change, isSellable } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { NoRoom } from "../core/outbox.js";
import { asksServer, isPriced, refusal, total } from "../core/quote.js";
import { LeftToTheOwner, sell } from "../core/sale.js";
import { Amount } from "../parts/amount.js";
import { useApprovalOfSale } from "../parts/approval.js";
import { useBusy } from "../parts/busy.js";
import { Dialog } from "../parts/dialog.js";
import { buyerOf, goodsOfBasket } from "../parts/goods.js";
import { sentenceFor } from "../parts/problem.js";
import { go } from "../route.js";
import { percentOf } from "../rules/money.js";
import { quickTenders } from "../rules/tender.js";
import { money, percent, t } from "../words/index.js";

const TIP_PERCENTS = [0, 10, 15, 20];

export function Pay() {
  const { run, isBusy, error } = useBusy();
  const { customer, adds_to: adds } = basket.value;
  const mayPay = isSellable.value && !adds && !refusal.value && (customer.phone || customer.is_walk_in);
  useEffect(() => { if (!mayPay && !isBusy) go("sell"); }, [mayPay]);
  const manager = useApprovalOfSale();
  const pay = (how) => manager.ask((approval) => run(async () => go("done", await sell(how, approval))));
  if (!mayPay) return null;
  return html`<div class="pay-screen">
    <header class="row"><a class="button" href="#/sell">${t("pay.back")}</a><h1>${t("pay.title", { amount: money(total.value) })}</h1></header>
    <div><p class="clamped"><strong>${buyerOf(basket.value)}</strong></p><p class="clamped quiet">${goodsOfBasket()}</p></div>
    ${error && html`<p class="notice bad" role="alert">${payProblem(error)}</p>`}
    ${asksServer.value && !isOnline.value && html`<p class="notice warn" role="status">${t("basket.needs_network")}</p>`}
    <${Tip} />
    ${total.value === 0 ? html`<button class="main" disabled=${isBusy} onClick=${() => pay({})}>${t("pay.nothing")}</button>` : html`<${Ways} pay=${pay} isBusy=${isBusy || !isPriced.value} />`}
    ${manager.dialog}
  </div>`;
}

function Ways({ pay, isBusy }) {
  return html`<section aria-labelledby="cash"><h2 id="cash">${t("pay.cash")}</h2><${Cash} pay=${pay} isBusy=${isBusy} /></section>
    <section aria-labelledby="other"><h2 id="other">${t("pay.other")}</h2>
      <div class="choices">
        <button class="main" disabled=${isBusy} onClick=${() => pay({ payment: { method: "card", amount: total.value } })}>${t("pay.card")}</button>
        <${Link} pay=${pay} isBusy=${isBusy} />
        <button disabled=${isBusy || !isOnline.value} onClick=${() => pay({})}>${t("pay.split")}</button>
      </div>
      ${!isOnline.value && html`<p class="quiet">${t("pay.offline")}</p>`}
    </section>`;
}

function payProblem(error) {
  if (error instanceof NoRoom) return t("pay.no_room");
  return error instanceof LeftToTheOwner ? t("pay.left_to_the_owner") : sentenceFor(error);
}

function Cash({ pay, isBusy }) {
  const [isOther, setIsOther] = useState(false);
  const [tendered, setTendered] = useState(null);
  const take = (amount) => pay({ payment: { method: "cash", amount: total.value, tendered: amount } });
  return html`<div class="tenders">
    ${quickTenders(total.value, catalog.value.store.currency).map((amount) => html`<button class="main" key=${amount} disabled=${isBusy} onClick=${() => take(amount)}>${money(amount)}</button>`)}
    <button onClick=${() => setIsOther(true)}>${t("pay.other_amount")}</button>
  </div>
  ${isOther && html`<${Dialog} title=${t("pay.other_amount")} onClose=${() => setIsOther(false)}>
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); take(tendered); }}>
      <${Amount} label=${t("pay.tendered")} value=${null} onChange=${setTendered} autofocus />
      ${tendered !== null && html`<p class=${tendered < total.value ? "advice" : ""} role="status">${tendered < total.value ? t("pay.too_little", { amount: money(total.value - tendered) }) : t("pay.change", { amount: money(tendered - total.value) })}</p>`}
      <button class="main" disabled=${isBusy || tendered === null || tendered < total.value}>${t("pay.take")}</button>
    </form>
  <//>`}`;
}

function Link({ pay, isBusy }) {
  if (!catalog.value.takes_links || total.value === 0) return null;
  const mayText = catalog.value.sends_texts && basket.value.customer.phone;
  return html`<button disabled=${isBusy || !isOnline.value} onClick=${() => pay({ payment_link: {} })}>${t("pay.qr")}</button>
    ${mayText && html`<button disabled=${isBusy || !isOnline.value} onClick=${() => pay({ payment_link: { send_sms: true } })}>${t("pay.sms")}</button>`}`;
}

function Tip() {
  const { tip } = basket.value;
  const [isOther, setIsOther] = useState(false);
  const goods = total.value - tip;
  const presets = TIP_PERCENTS.map((each) => [each, percentOf(goods, each)]);
  return html`<section aria-labelledby="tip"><h2 id="tip">${t("pay.tip")}</h2>
    <div class="chips">
      ${presets.map(([each, amount]) => html`<button key=${each} aria-pressed=${tip === amount} onClick=${() => change({ tip: amount })}>
        ${each === 0 ? t("pay.no_tip") : percent(each)}${each > 0 && html` <span class="quiet number">${money(amount)}</span>`}</button>`)}
      <button aria-pressed=${!presets.some(([, amount]) => amount === tip)} onClick=${() => setIsOther(true)}>${t("pay.other_tip")}</button>
    </div>
    ${isOther && html`<${OtherTip} onClose=${() => setIsOther(false)} />`}
  </section>`;
}

function OtherTip({ onClose }) {
  const [tip, setTip] = useState(basket.value.tip || null);
  const set = (event) => {
    event.preventDefault();
    change({ tip });
    onClose();
  };
  return html`<${Dialog} title=${t("pay.other_tip")} onClose=${onClose}>
    <form class="stack" onSubmit=${set}>
      <${Amount} label=${t("pay.tip")} value=${tip} onChange=${setTip} autofocus />
      <button class="main" disabled=${tip === null}>${t("pay.set_tip")}</button>
    </form>
  <//>`;
}
