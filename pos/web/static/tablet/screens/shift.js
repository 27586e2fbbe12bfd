// The shift of this register: opened with what lies in the drawer, and closed with what lies there then.
import { html, useEffect, useRef, useState } from "../ui.js";
import { isOnline } from "../core/network.js";
import { unanswered } from "../core/once.js";
import { acts, askAgain, compared, countedOf, forgetTally, shiftId, useShift } from "../core/shift.js";
import { useAct } from "../parts/act.js";
import { CashCount } from "../parts/cash_count.js";
import { Problem, sentenceFor } from "../parts/problem.js";
import { Close, Count, DRAWER, NoSale, PaidIn, PaidOut } from "../parts/shift_acts.js";
import { Stale } from "../parts/stale.js";
import { UnansweredAct } from "../parts/unanswered.js";
import { go } from "../route.js";
import { money, t, when } from "../words/index.js";

const EVERY_SECONDS = 5;
const FLOAT = "float";
// Who was faster: another window of this tablet, or a manager in the office.
const MEANWHILE = { "shift-open": "shift.opened_meanwhile", "wrong-state": "shift.closed_meanwhile" };
const DIALOGS = { paid_in: PaidIn, paid_out: PaidOut, no_sale: NoSale, count: Count, close: Close };

export function Shift() {
  const [news, setNews] = useState({});
  const seen = useShift(EVERY_SECONDS).value;
  const tell = (told) => {
    settle(told);
    setNews(told);
    askAgain();
  };
  return html`<div class="shift">
    <h1>${seen.body?.shift ? t("shift.title_number", { n: seen.body.shift.number }) : t("shift.title")}</h1>
    ${!isOnline.value && html`<p class="notice warn" role="status">${t("shift.offline")}</p>`}
    <${UnansweredAct} id=${shiftId.value} tell=${tell} words="shift.unanswered" />
    <${News} news=${news} />
    <${AsItStands} seen=${seen} tell=${tell} />
  </div>`;
}

/** What follows from an act's answer: what was counted is counted, and a closed shift has its report. */
function settle({ kind, answer }) {
  if (kind === "open") forgetTally(FLOAT);
  if (kind === "count") {
    forgetTally(DRAWER);
    compared.value = answer;
  }
  if (kind === "close") go("report", answer.shift.id);
}

function AsItStands({ seen, tell }) {
  const { body, refusal } = seen;
  if (!body) return refusal ? html`<${Problem} error=${refusal} />` : isOnline.value && html`<p class="empty" role="status">${t("orders.loading")}</p>`;
  return html`${isOnline.value && html`<${Stale} seen=${seen} />`}${body.shift ? html`<${Open} key=${body.shift.id} shift=${body.shift} tell=${tell} />` : html`<${Opening} tell=${tell} />`}`;
}

/** What came of the last act; or that another window of the tablet, or the office, was faster. */
function News({ news: { refusal } }) {
  const place = useRef(null);
  useEffect(() => { if (refusal) place.current.scrollIntoView({ block: "center" }); }, [refusal]);
  return html`<div ref=${place}>${refusal && html`<p class="notice bad" role="alert">${MEANWHILE[refusal.slug] ? t(MEANWHILE[refusal.slug]) : sentenceFor(refusal)}</p><p>${t("shift.as_it_is")}</p>`}</div>`;
}

function Opening({ tell }) {
  const amount = countedOf(FLOAT);
  const onRefused = (refusal) => {
    if (unanswered.value[shiftId.value]) return;
    if (refusal.status !== 409) throw refusal;
    tell({ refusal });
  };
  const { start, isBusy, error, approval } = useAct(shiftId.value, { ...acts.open(amount), title: t("shift.open_title", { amount: amount === null ? "" : money(amount) }) }, { onDone: tell, onRefused });
  const submit = (event) => {
    event.preventDefault();
    start(false);
  };
  const mayAct = isOnline.value && !unanswered.value[shiftId.value];
  return html`<form class="card stack" onSubmit=${submit}>
    <h2>${t("shift.none")}</h2>
    <p class="quiet">${t("shift.none_how")}</p>
    <${CashCount} name=${FLOAT} title=${t("shift.float")} />
    <${Problem} error=${error} />
    <button class="main" disabled=${!mayAct || isBusy || amount === null}>${amount === null ? t("shift.open") : t("shift.open_do", { amount: money(amount) })}</button>
  </form>${approval}`;
}

function Open({ shift, tell }) {
  const [open, setOpen] = useState(null);
  const Opened = DIALOGS[open];
  const mayAct = isOnline.value && !unanswered.value[shiftId.value];
  const done = (told) => {
    setOpen(null);
    tell(told);
  };
  const button = (name, { look = "", isReady = true } = {}) => html`<button class=${look} disabled=${!mayAct || !isReady} onClick=${() => setOpen(name)}>${t(`shift.${name}`)}</button>`;
  const isCounted = shift.counts.length > 0;
  return html`<dl class="facts">
      <dt>${t("shift.opened")}</dt><dd>${t("shift.when_who", { at: when(shift.opened_at), who: shift.opened_by ?? t("shift.somebody") })}</dd>
      <dt>${t("shift.float")}</dt><dd class="number">${money(shift.opening_float)}</dd>
    </dl>
    <div class="acts">
      ${button("paid_in")}${button("paid_out")}${button("no_sale")}
      <a class="button" href=${`#/report/${shift.id}`}>${t("shift.x")}</a>
    </div>
    <${Counted} shift=${shift} />
    <div class="choices">
      ${button("count", { look: isCounted ? "" : "main" })}
      ${button("close", { look: isCounted ? "main" : "", isReady: isCounted })}
    </div>
    ${!isCounted && html`<p class="quiet small">${t("shift.count_first")}</p>`}
    <${Movements} shift=${shift} />
    ${Opened && html`<${Opened} shift=${shift} onClose=${() => setOpen(null)} onDone=${done} onChanged=${(refusal) => done({ refusal })} />`}`;
}

/** The counts of this shift; of the latest how it compares, as long as this window knows it. */
function Counted({ shift: { counts } }) {
  const last = counts.at(-1);
  if (!last) return null;
  const known = compared.value?.count.id === last.id ? compared.value.tenders.filter(({ counted }) => counted !== null) : [];
  return html`<section aria-labelledby="counted"><h2 id="counted">${t("count.counted")}</h2>
    ${known.length > 0 && html`<table class="card compared">
      <thead><tr><th scope="col"><span class="sr-only">${t("money.how")}</span></th>${["expected", "found", "difference"].map((each) => html`<th key=${each} scope="col" class="number">${t(`count.${each}`)}</th>`)}</tr></thead>
      <tbody>${known.map((each) => html`<${Compared} key=${each.method} ...${each} />`)}</tbody>
    </table>`}
    <ul class="rows">${[...counts].reverse().map(({ id, cash, card, by, created_at: at }) => html`<li key=${id} class="row count-row">
      <span><strong class="number">${money(cash)}</strong>${card !== null && html` · ${t("paid.card")} <span class="number">${money(card)}</span>`}</span>
      <span class="quiet small">${t("shift.when_who", { at: when(at), who: by ?? t("shift.somebody") })}</span>
    </li>`)}</ul>
  </section>`;
}

function Compared({ method, expected, counted, difference }) {
  const said = difference === 0 ? t("count.exact") : t(difference < 0 ? "count.short" : "count.over", { amount: money(Math.abs(difference)) });
  return html`<tr><th scope="row">${t(`paid.${method}`)}</th><td class="number">${money(expected)}</td><td class="number">${money(counted)}</td>
    <td class="number"><span class=${`badge ${difference === 0 ? "good" : "warn"}`}>${said}</span></td></tr>`;
}

function Movements({ shift: { movements } }) {
  return html`<section aria-labelledby="movements"><h2 id="movements">${t("shift.movements")}</h2>
    ${movements.length === 0 ? html`<p class="quiet">${t("shift.no_movements")}</p>` : html`<ul class="rows">${movements.map(({ id, kind, amount, reason, by, created_at: at }) => html`<li key=${id} class="card movement">
      <strong>${t(`shift.${kind}`)}</strong><span class="number">${kind === "no_sale" ? "" : money(kind === "paid_out" ? -amount : amount)}</span>
      <span>${reason}</span><span class="quiet small">${t("shift.when_who", { at: when(at), who: by ?? t("shift.somebody") })}</span>
    </li>`)}</ul>`}
  </section>`;
}
