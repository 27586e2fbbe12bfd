// What may be done with an order in the books: a button for each act, and its dialog.
import { html, useState } from "../ui.js";
import { basket, clear, isEmpty } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { act, backBy, hasLiveLink, held, isTab, owed } from "../core/orders.js";
import { beginRound } from "../core/tab.js";
import { go } from "../route.js";
import { t } from "../words/index.js";
import { useBusy } from "./busy.js";
import { Cancel, Refund } from "./give_back.js";
import { Problem } from "./problem.js";
import { TakeMoney } from "./take_money.js";

// What is told after each act.
const toldOf = {
  take: (body) => ({ change: body.change_due }),
  refund: (body) => ({ back: backBy(body, body.refunded) }),
  cancel: () => ({}),
};
const DIALOGS = { take: TakeMoney, refund: Refund, cancel: Cancel };

/** `tell({change, refusal})` hears what came of an act, so that the order is looked at anew. */
export function OrderActs({ order, tell }) {
  const [open, setOpen] = useState(null);
  const Opened = DIALOGS[open];
  const done = (told) => {
    setOpen(null);
    tell(told);
  };
  return html`<div class="acts">
    ${order.amount_due > 0 && html`<button class=${owed(order) > 0 ? "main" : ""} disabled=${!isOnline.value} onClick=${() => setOpen("take")}>${t(owed(order) > 0 ? "done.take_money" : "order.charge_again")}</button>`}
    ${(owed(order) > 0 || hasLiveLink(order)) && html`<${Link} order=${order} tell=${tell} />`}
    ${isTab(order) && html`<${Round} order=${order} />`}
    ${held(order) > 0 && html`<button disabled=${!isOnline.value} onClick=${() => setOpen("refund")}>${t("refund.title")}</button>`}
    ${order.status === "open" && html`<button class="danger" disabled=${!isOnline.value} onClick=${() => setOpen("cancel")}>${t("order.cancel")}</button>`}
    ${Opened && html`<${Opened} order=${order} onClose=${() => setOpen(null)} onDone=${({ body }) => done(toldOf[open](body))} onChanged=${(refusal) => done({ refusal })} />`}
  </div>`;
}

/** More for the same order, chosen where all is chosen. */
function Round({ order }) {
  const isFree = isEmpty.value || basket.value.adds_to?.id === order.id;
  const begin = () => {
    if (isEmpty.value) clear();
    beginRound(order);
    go("sell");
  };
  return html`<button disabled=${!isOnline.value || !isFree} onClick=${begin}>${t("order.round")}</button>
    ${!isFree && html`<p class="quiet small">${t("order.basket_in_use")}</p>`}`;
}

/** The guest's own way to pay: made, texted, withdrawn. Asked for twice it is the same link, so it needs no key. */
function Link({ order, tell }) {
  const { run, isBusy, error } = useBusy();
  if (!catalog.value.takes_links) return null;
  const mayText = catalog.value.sends_texts && order.customer.phone;
  const does = (work) => () => run(async () => {
    await work();
    tell({});
  });
  const button = (name, work) => html`<button disabled=${isBusy || !isOnline.value} onClick=${does(work)}>${t(name)}</button>`;
  return html`${!hasLiveLink(order) && button("pay.qr", () => act.askForLink(order, {}))}
    ${mayText && button(hasLiveLink(order) ? "link.text" : "pay.sms", () => act.askForLink(order, { send_sms: true }))}
    ${hasLiveLink(order) && button("link.withdraw", () => act.withdrawLink(order))}
    <${Problem} error=${error} />`;
}
