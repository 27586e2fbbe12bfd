// One ticket: what one station has to make of one round, how old it is, and the button that moves it on.
import { html } from "../../tablet/ui.js";
import { kitchen } from "../core/board.js";
import { now } from "../core/clock.js";
import { tap } from "../core/taps.js";
import { actOn, actOnPart, leastOf, unitsOf } from "../rules/making.js";
import { ageOf, sinceOf, writtenAge } from "../rules/age.js";
import { Print } from "./print.js";
import { nameOf, stationName, t, timeOf } from "../words/index.js";

export function Ticket({ ticket }) {
  const title = `ticket-${ticket.key}`;
  const status = leastOf(ticket.lines);
  return html`<article class=${`card ticket ${status ? "" : "over"}`} aria-labelledby=${title}>
    <header>
      <h2 id=${title}><span class="reference">${ticket.reference}</span>${" "}<span class="who">${whoOf(ticket)}</span></h2>
      ${status ? html`<${Age} ticket=${ticket} status=${status} />` : html`<p class="age"><strong>${t(ticket.is_canceled ? "kitchen.canceled" : "kitchen.void")}</strong></p>`}
    </header>
    <${Marks} ticket=${ticket} />
    ${ticket.is_offline && status === "waiting" && html`<p class="notice warn ask">${t("kitchen.offline_sale", { at: timeOf(ticket.placed_at) })}</p>`}
    ${ticket.note && html`<p class="note">${ticket.note}</p>`}
    <ul class="parts">${ticket.lines.map((part) => html`<li key=${part.line_id + part.status}><${Part} ticket=${ticket} part=${part} /></li>`)}</ul>
    <${Elsewhere} ticket=${ticket} />
    <${Next} ticket=${ticket} />
  </article>`;
}

/** Whose it is: as much as is called out. */
function whoOf({ tab_name: tab, customer_name: customer }) {
  return tab || (customer ?? "").split(" ")[0];
}

/** In colour, in a pattern and in a word. */
function Age({ ticket, status }) {
  const age = ageOf(sinceOf(ticket), now.value, kitchen.value);
  const level = status === "ready" ? "ready" : age.level;
  const { name, ...facts } = writtenAge(age);
  return html`<p class=${`age ${level}`}><span class="number">${t(name, facts)}</span> <strong>${t(`kitchen.level.${level}`)}</strong></p>`;
}

function Marks({ ticket }) {
  const marks = [
    ticket.round > 1 && ["", t("kitchen.round", { n: ticket.round })],
    kitchen.value.stations.length > 0 && ["", stationName(ticket.station)],
    !ticket.is_paid && !ticket.is_canceled && ["warn", t("kitchen.unpaid")],
  ].filter(Boolean);
  return marks.length > 0 && html`<p class="marks">${marks.map(([kind, said]) => html`<span key=${said} class=${`badge ${kind}`}>${said}</span> `)}</p>`;
}

/** Units of a line that are equally far. Handed over there is nothing more to tap. */
function Part({ ticket, part }) {
  const act = actOnPart(ticket, part);
  const is = part.status === "void" ? t("kitchen.void") : part.status === "waiting" ? null : t(`kitchen.is.${part.status}`);
  const said = html`<span class="quantity number">${part.quantity}<span class="times"> ×</span></span>
    <span class="what"><span class="name">${part.name}</span>
      ${part.modifiers.length > 0 && html`${" "}<span class="modifiers">${part.modifiers.join(", ")}</span>`}
      ${part.note && html`${" "}<span class="note">${part.note}</span>`}
    </span>
    ${is && html`${" "}<strong class="is">${is}</strong>`}`;
  if (!act) return html`<div class=${`part ${part.status}`}>${said}</div>`;
  return html`<button class=${`part ${part.status}`} onClick=${once(() => tap(act, ticket))}>${said}<span class="sr-only">: ${nameOf(act)}</span></button>`;
}

/** How far the other stations are with the same round. */
function Elsewhere({ ticket: { elsewhere } }) {
  if (elsewhere.length === 0) return null;
  return html`<p class="elsewhere quiet">${elsewhere.map(({ station, status }) => html`<span key=${station}>${t("kitchen.elsewhere", { station: stationName(station), status: t(`kitchen.is.${status}`) })}</span> `)}</p>`;
}

function Next({ ticket }) {
  const act = actOn(ticket);
  const isPart = act.kind === "move" && ticket.lines.some((part) => part.status !== act.from && part.status !== "served" && part.status !== "void");
  const name = isPart ? t("kitchen.do_some", { act: nameOf(act), n: unitsOf(act) }) : nameOf(act);
  return html`<footer>
    <button class=${`main ${act.kind === "seen" ? "bad" : ""} next-${act.to ?? "seen"}`} onClick=${once(() => tap(act, ticket))}>${name}<span class="sr-only"> ${ticket.reference}</span></button>
    ${act.kind === "move" && html`<${Print} ticket=${ticket} />`}
  </footer>`;
}

// The second tap of a double tap would move on what the first one has brought under the finger.
function once(work) {
  return (event) => event.detail > 1 || work();
}
