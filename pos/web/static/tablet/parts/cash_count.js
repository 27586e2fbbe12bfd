// Money counted by hand: so many of each note and coin, whose sum is reckoned here; or as one amount.
import { html, useEffect, useId, useRef, useState } from "../ui.js";
import { countedOf, tally, tallyOf } from "../core/shift.js";
import { piecesOf } from "../rules/drawer.js";
import { currencyDigits, money, piece, place, t } from "../words/index.js";
import { Amount, readAmount, writeAmount } from "./amount.js";
import { Keypad } from "./keypad.js";

const LONGEST = 5;

/** Counts under a `name` (core/shift.js tallyOf); what was counted so far stands there again. */
export function CashCount({ name, title }) {
  const pieces = piecesOf(place.value.currency);
  const isOne = !pieces || tallyOf(name).isOne;
  const sum = countedOf(name);
  const choose = (wanted) => () => tally(name, { isOne: wanted, other: null, isWrong: false });
  return html`<section class="cash-count stack" aria-label=${title}>
    ${pieces && html`<div class="choices" role="group" aria-label=${t("count.how")}>
      <button type="button" aria-pressed=${!isOne} onClick=${choose(false)}>${t("count.pieces")}</button>
      <button type="button" aria-pressed=${isOne} onClick=${choose(true)}>${t("count.one")}</button>
    </div>`}
    ${isOne ? html`<${OneAmount} name=${name} title=${title} isOnly=${!pieces} />` : html`<${Pieces} name=${name} pieces=${pieces} />`}
    <p class="counted" role="status"><span>${t("count.sum")}</span> <strong class="number">${sum === null ? "–" : money(sum)}</strong></p>
  </section>`;
}

function Pieces({ name, pieces }) {
  const { other } = tallyOf(name);
  const fieldset = useRef(null);
  // The next one is counted by Enter; only the button sends.
  const next = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const fields = [...fieldset.current.querySelectorAll("input")];
    (fields[fields.indexOf(event.target) + 1] ?? event.target).focus();
  };
  return html`<div class="pieces" ref=${fieldset} onKeyDown=${next}>
    <${Column} title=${t("count.notes")} name=${name} values=${pieces.notes} />
    <${Column} title=${t("count.coins")} name=${name} values=${pieces.coins} />
    <${Amount} label=${t("count.other")} value=${other} onChange=${(amount, isWrong) => tally(name, { other: amount, isWrong })} />
  </div>`;
}

function Column({ title, name, values }) {
  const id = useId();
  return html`<div role="group" aria-labelledby=${id}><h3 id=${id}>${title}</h3>
    ${values.map((value) => html`<${Piece} key=${value} name=${name} value=${value} />`)}</div>`;
}

function Piece({ name, value }) {
  const id = useId();
  const { counts } = tallyOf(name);
  const typed = counts[value] ?? "";
  const onInput = (event) => {
    // What is no digit is taken out at once, also where nothing else changes.
    event.target.value = event.target.value.replace(/\D/g, "").slice(0, LONGEST);
    tally(name, { counts: { ...counts, [value]: event.target.value } });
  };
  return html`<div class="piece">
    <label for=${id}>${piece(value)}</label>
    <input id=${id} inputmode="numeric" autocomplete="off" value=${typed} onInput=${onInput} />
    <span class="number quiet">${typed !== "" && money(value * Number(typed))}</span>
  </div>`;
}

/** The digits of the keypad come in from the right, as on every till: 1, 5, 0, 0 is 15.00. */
function OneAmount({ name, title, isOnly }) {
  const digits = currencyDigits();
  const id = useId();
  const [typed, setTyped] = useState(writeAmount(tallyOf(name).other, digits));
  const write = (text) => {
    setTyped(text);
    tally(name, { isOne: true, other: readAmount(text, digits) });
  };
  const shown = String(readAmount(typed, digits) ?? 0);
  const onDigit = (digit) => write(writeAmount(Number((shown + digit).slice(0, 12)), digits));
  const onBack = () => write(shown.length > 1 ? writeAmount(Number(shown.slice(0, -1)), digits) : "");
  const isWrong = typed !== "" && readAmount(typed, digits) === null;
  useEffect(() => { if (isOnly) tally(name, { isOne: true }); }, []);
  return html`<div class="one-amount">
    <label for=${id}>${title} (${place.value.currency})</label>
    <input id=${id} inputmode="decimal" autocomplete="off" value=${typed} onInput=${(event) => write(event.target.value)} aria-invalid=${isWrong ? "true" : "false"} />
    ${isWrong && html`<p class="advice" role="alert">${t("amount.wrong", { example: writeAmount(25 * 10 ** Math.max(digits - 1, 0), digits) })}</p>`}
    <${Keypad} onDigit=${onDigit} onBack=${onBack} extra="00" />
  </div>`;
}
