// What may be done with an order in the books: a button for each act, and its dialog.
import { html, useState } from "../ui.js";
import { basket, clear, isEmpty } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { unanswered } from "../core/once.js";
import { hasLiveLink, held, isOfWebShop, isTab, link, owed } from "../core/orders.js";
import { beginRound } from "../core/tab.js";
import { go } from "../route.js";
import { t } from "../words/index.js";
import { useBusy } from "./busy.js";
import { Cancel, Refund } from "./give_back.js";
import { Problem } from "./problem.js";
import { TakeMoney } from "./take_money.js";

const DIALOGS = { take: TakeMoney, refund: Refund, cancel: Cancel };

/** `tell({change, back, refusal})` hears what came of an act, so that the order is looked at anew. */
export function OrderActs({ order, tell }) {
  const [open, setOpen] = useState(null);
  const Opened = DIALOGS[open];
  const mayAct = isOnline.value && !unanswered.value[order.id];
  const done = (told) => {
    setOpen(null);
    tell(told);
  };
  if (isOfWebShop(order)) return html`<p class="quiet">${t("order.of_web_shop")}</p>`;
  return html`<div class="acts">
    ${order.amount_due > 0 && html`<button class=${owed(order) > 0 ? "main" : ""} disabled=${!mayAct} onClick=${() => setOpen("take")}>${t(owed(order) > 0 ? "done.take_money" : "order.charge_again")}</button>`}
    ${(owed(order) > 0 || hasLiveLink(order)) && html`<${Link} order=${order} mayAct=${mayAct} tell=${tell} />`}
    ${isTab(order) && html`<${Round} order=${order} mayAct=${mayAct} />`}
    ${held(order) > 0 && html`<button disabled=${!mayAct} onClick=${() => setOpen("refund")}>${t("refund.title")}</button>`}
    ${order.status === "open" && html`<button class="danger" disabled=${!mayAct} onClick=${() => setOpen("cancel")}>${t("order.cancel")}</button>`}
    ${Opened && html`<${Opened} order=${order} onClose=${() => setOpen(null)} onDone=${done} onChanged=${(refusal) => done({ refusal })} />`}
  </div>`;
}

/** More for the same order, chosen where all is chosen. */
function Round({ order, mayAct }) {
  const isFree = isEmpty.value || basket.value.adds_to?.id === order.id;
  const begin = () => {
    if (isEmpty.value) clear();
    beginRound(order);
    go("sell");
  };
  return html`<button disabled=${!mayAct || !isFree} onClick=${begin}>${t("order.round")}</button>
    ${!isFree && html`<p class="quiet small">${t("order.basket_in_use")}</p>`}`;
}

/** The guest's own way to pay: made, texted, withdrawn. */
function Link({ order, mayAct, tell }) {
  const { run, isBusy, error } = useBusy();
  if (!catalog.value.takes_links) return null;
  const mayText = catalog.value.sends_texts && order.customer.phone;
  const does = (work) => () => run(async () => {
    await work();
    tell({});
  });
  const button = (name, work) => html`<button disabled=${isBusy || !mayAct} onClick=${does(work)}>${t(name)}</button>`;
  return html`${!hasLiveLink(order) && button("pay.qr", () => link.ask(order, {}))}
    ${mayText && button(hasLiveLink(order) ? "link.text" : "pay.sms", () => link.ask(order, { send_sms: true }))}
    ${hasLiveLink(order) && button("link.withdraw", () => link.withdraw(order))}
    <${Problem} error=${error} />`;
}
