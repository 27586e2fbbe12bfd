// The first thing asked: which number? Whoever it belongs to is recognised while it is typed.
import { html, useState } from "../ui.js";
import { again, basket, clear, isEmpty, serve } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { useCustomer } from "../core/customers.js";
import { isOnline } from "../core/network.js";
import { asTyped, isHopeless, isPossible } from "../core/phones.js";
import { total } from "../core/quote.js";
import { beginRound } from "../core/tab.js";
import { useFocus } from "../parts/focus.js";
import { buyerOf, goodsOf, goodsOfBasket } from "../parts/goods.js";
import { Keypad } from "../parts/keypad.js";
import { NotThisPerson, PointsFromBefore } from "../parts/passed_on.js";
import { go } from "../route.js";
import { money, t, when } from "../words/index.js";

const LONGEST = 20;

export function Phone() {
  const { country } = catalog.value.store;
  const focus = useFocus();
  const [digits, setDigits] = useState("");
  const phone = isPossible(digits, country) ? digits : null;
  const seen = useCustomer(phone);
  const type = (text) => setDigits((typed) => (typed + text).replace(/[^\d+]/g, "").slice(0, LONGEST));
  const sell = (known, last) => {
    start({ phone: asTyped(digits, country), known });
    const isWhole = last && again(last);
    go(isWhole ? "pay" : "sell");
  };
  const show = (customer) => { seen.value = { state: "known", customer }; };
  const submit = (event) => {
    event.preventDefault();
    if (phone && seen.value.state !== "refused") sell(seen.value.customer ?? null);
  };
  return html`<div class="phone-screen">
    <form class="phone-field" onSubmit=${submit}>
      <label for="phone">${t("phone.title")}</label>
      <input id="phone" type="tel" inputmode="none" autocomplete="off" ref=${focus} value=${asTyped(digits, country)}
        onInput=${(event) => setDigits(event.target.value.replace(/[^\d+]/g, "").slice(0, LONGEST))} />
    </form>
    <div class="phone-pad">
      <${Keypad} onDigit=${type} onBack=${() => setDigits((typed) => typed.slice(0, -1))} extra="+" />
      <button type="button" onClick=${sellWithout}>${t("phone.walk_in")}</button>
    </div>
    <section class="who-is-it" aria-live="polite">
      <${Recognised} seen=${seen.value} phone=${phone} isHopeless=${isHopeless(digits, country)} sell=${sell} show=${show} startAgain=${() => setDigits("")} />
    </section>
  </div>`;
}

function Recognised({ seen, phone, isHopeless: isWrong, sell, show, startAgain }) {
  if (!phone && isWrong) return html`<p class="notice bad" role="alert">${t("phone.hopeless")}</p>`;
  if (!phone) return html`<${Idle} />`;
  if (seen.state === "known") return html`<${Known} key=${seen.customer.id} ...${seen} phone=${phone} sell=${sell} show=${show} startAgain=${startAgain} />`;
  if (seen.state === "refused") return html`<p class="notice bad" role="alert">${t("phone.refused")}</p>`;
  if (seen.state === "asking" && isOnline.value) return html`<p class="quiet">${t("phone.asking")}</p>`;
  return html`<div class="card">
    <h2>${t(seen.state === "new" ? "phone.new" : "phone.offline")}</h2>
    <p class="quiet">${t(seen.state === "new" ? "phone.new_advice" : "phone.offline_advice")}</p>
    <button class="main" onClick=${() => sell(null)}>${t("phone.sell")}</button>
  </div>`;
}

function Idle() {
  if (isEmpty.value) return html`<p class="empty">${t("phone.empty")}</p>`;
  return html`<div class="card">
    <h2>${t("phone.open_basket")}</h2>
    <p class="clamped"><strong class="number">${money(total.value)}</strong> · <strong>${buyerOf(basket.value)}</strong></p>
    <p class="clamped quiet">${goodsOfBasket()}</p>
    <p><button class="main" onClick=${() => go("sell")}>${t("phone.go_on")}</button></p>
    <p><button class="danger" onClick=${clear}>${t("phone.drop_basket")}</button></p>
  </div>`;
}

function Known({ customer, last, tab, phone, sell, show, startAgain }) {
  const [isOther, setIsOther] = useState(false);
  const { member } = customer;
  return html`<div class="card">
    <h2>${customer.name || t("phone.no_name")}</h2>
    <p>${member ? html`<span class="badge good">${member.level}</span> <strong class="number">${t("points", { n: member.balance })}</strong>` : html`<span class="badge">${t("phone.no_member")}</span>`}</p>
    <p class="quiet">${t("phone.visits", { n: customer.order_count })}${customer.last_order_at ? ` · ${when(customer.last_order_at)}` : ""}</p>
    <${EnoughFor} member=${member} />
    ${(customer.has_hidden_balance || customer.may_claim) && html`<${PointsFromBefore} customer=${customer} show=${show} />`}
    ${tab && html`<${OpenTab} tab=${tab} />`}
    ${last && html`<${SameAgain} last=${last} sell=${() => sell(customer, last)} />`}
    <button class=${last ? "" : "main"} onClick=${() => sell(customer)}>${t("phone.sell")}</button>
    <button class="plain" onClick=${() => setIsOther(true)}>${t("phone.not_this_person")}</button>
    ${isOther && html`<${NotThisPerson} customer=${customer} phone=${phone} show=${show} onClose=${() => setIsOther(false)} startAgain=${startAgain} sellWithout=${sellWithout} />`}
  </div>`;
}

/** The rewards that the member has the points for; they are taken in the basket. */
function EnoughFor({ member }) {
  const names = catalog.value.rewards.filter((reward) => member && reward.points <= member.balance).map((reward) => reward.name);
  return names.length ? html`<p>${t("phone.enough_for", { names: names.join(", ") })}</p>` : null;
}

function OpenTab({ tab }) {
  const round = () => {
    makeRoom();
    beginRound(tab);
    go("sell");
  };
  return html`<p class="open-tab"><a class="button" href=${`#/order/${tab.id}`}>${t("phone.open_tab", { name: tab.tab_name || tab.reference, amount: money(tab.amount_due) })}</a>
    <button onClick=${round}>${t("order.round")}</button></p>`;
}

function SameAgain({ last, sell }) {
  return html`<button class="main same-again" onClick=${sell}>
    <span>${t("phone.same_again")}</span><span class="small">${goodsOf(last.lines)}</span>
  </button>`;
}

function sellWithout() {
  start({ is_walk_in: true });
  go("sell");
}

function start(customer) {
  makeRoom();
  serve(customer);
}

/** Whoever comes next gets a basket of their own, unless goods lie there that belong to nobody yet. */
function makeRoom() {
  const { customer: before } = basket.value;
  if (before.phone || before.is_walk_in || basket.value.adds_to) clear();
}
