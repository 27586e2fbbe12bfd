// What is done during a shift, each in its dialog: money put in or taken out, the drawer opened for neither, the count, the end.
import { html, useState } from "../ui.js";
import { waiting } from "../core/outbox.js";
import { acts, countedOf, shiftId } from "../core/shift.js";
import { money, t } from "../words/index.js";
import { Act } from "./act.js";
import { Amount } from "./amount.js";
import { CashCount } from "./cash_count.js";
import { Reason } from "./reason.js";

/** The name under which the money in the drawer is counted at the end. */
export const DRAWER = "drawer";

export const PaidIn = (dialog) => html`<${Move} kind="paid_in" ...${dialog} />`;
export const PaidOut = (dialog) => html`<${Move} kind="paid_out" needsManager ...${dialog} />`;

function Move({ shift, kind, ...dialog }) {
  const [amount, setAmount] = useState(null);
  const [reason, setReason] = useState("");
  const body = { kind, amount, reason: reason.trim() };
  return html`<${Act} title=${t(`shift.${kind}`)} verb=${amount ? t(`shift.${kind}_do`, { amount: money(amount) }) : t(`shift.${kind}`)} isReady=${amount > 0 && reason.trim()}
    order=${{ id: shiftId.value }} act=${acts.move(shift, body)} ...${dialog}>
    <p class="quiet">${t(`shift.${kind}_how`)}</p>
    <${Amount} label=${t("shift.amount")} value=${null} onChange=${setAmount} autofocus />
    <${Reason} value=${reason} onChange=${setReason} />
  <//>`;
}

/** The drawer is opened, and nothing is sold, put in or taken out. */
export function NoSale({ shift, ...dialog }) {
  const [reason, setReason] = useState("");
  return html`<${Act} title=${t("shift.no_sale")} verb=${t("shift.no_sale_do")} isReady=${reason.trim()}
    order=${{ id: shiftId.value }} act=${acts.move(shift, { kind: "no_sale", reason: reason.trim() })} ...${dialog}>
    <p class="quiet">${t("shift.no_sale_how")}</p>
    <${Reason} value=${reason} onChange=${setReason} />
  <//>`;
}

/** What lies in the drawer, before anybody sees what should. */
export function Count({ shift, ...dialog }) {
  const [card, setCard] = useState({ amount: null, isWrong: false });
  const cash = countedOf(DRAWER);
  const body = { cash, ...(card.amount !== null && { card: card.amount }) };
  return html`<${Act} title=${t("count.title")} verb=${cash === null ? t("count.do") : t("count.do_amount", { amount: money(cash) })} isReady=${cash !== null && !card.isWrong}
    order=${{ id: shiftId.value }} act=${acts.count(shift, body)} ...${dialog}>
    <p class="quiet">${t("count.blind")}</p>
    <${CashCount} name=${DRAWER} title=${t("count.cash")} />
    <${Amount} label=${t("count.card")} value=${null} onChange=${(amount, isWrong) => setCard({ amount, isWrong })} />
  <//>`;
}

/** The end of the shift, by its latest count. */
export function Close({ shift, ...dialog }) {
  const count = shift.counts.at(-1);
  return html`<${Act} title=${t("shift.close")} verb=${t("shift.close_do")} order=${{ id: shiftId.value }} act=${acts.close(shift)} ...${dialog}>
    <p>${t("shift.close_how", { amount: money(count.cash) })}</p>
    ${waiting.value.length > 0 && html`<p class="notice warn">${t("shift.close_unsent", { n: waiting.value.length })}</p>`}
  <//>`;
}
