/** The programme's form: rows that come and go, an example that follows what is typed, and what a rehearsal found. */
import { digitsOf } from "../tablet/rules/money.js";
import { currency } from "./api.js";
import { bodyOf, dense } from "./fields.js";

const EXAMPLE = 25;
const FIGURES = [
  ["earned", "Points earned"],
  ["redeemed", "Spent on rewards"],
  ["missed", "Rewards out of reach, in points"],
  ["expired", "Expired"],
  ["liability", "Held in the end"],
];
const form = document.getElementById("program");
const rehearse = document.getElementById("rehearse");
let added = 0;

form.addEventListener("click", ({ target }) => {
  const adds = target.closest("[data-add]");
  const removes = target.closest("[data-remove]");
  if (adds) add(adds.dataset.add);
  if (removes) remove(removes.closest("[data-row]"));
});
form.addEventListener("change", ({ target }) => {
  if (target.dataset.switches) document.getElementById(target.dataset.switches).disabled = !target.checked;
  showExample();
});
document.getElementById("rehearsal-days").addEventListener("change", ({ target }) => {
  rehearse.dataset.api = `POST /loyalty/program/rehearsal?days=${target.value}`;
});
rehearse.addEventListener("office:done", ({ detail }) => showRehearsal(detail));
showExample();

/* Rows */

function add(name) {
  const chooser = document.getElementById(`choose-${name}`);
  if (chooser && !chooser.value) return chooser.focus();
  const rows = form.querySelector(`[data-rows="${name}"]`);
  const known = chooser && [...rows.querySelectorAll("input[type=hidden]")].find((field) => field.value === chooser.value);
  const row = known?.closest("[data-row]") ?? rows.appendChild(made(name));
  if (chooser) choose(row, chooser);
  renumber(rows);
  (row.querySelector("input:not([type=hidden])") ?? row.querySelector("button")).focus();
  return showExample();
}

/** A row of the template, with ids that no other has. */
function made(name) {
  const row = document.getElementById(`new-${name}`).content.firstElementChild.cloneNode(true);
  added += 1;
  for (const part of row.querySelectorAll("[id], [for], [aria-describedby]")) {
    for (const attribute of ["id", "for", "aria-describedby"]) {
      const value = part.getAttribute(attribute);
      if (value) part.setAttribute(attribute, value.replace("-N-", `-new${added}-`));
    }
  }
  return row;
}

function choose(row, chooser) {
  const name = chooser.selectedOptions[0].textContent;
  row.querySelector("input[type=hidden]").value = chooser.value;
  row.querySelector("[data-name]").textContent = name;
  row.querySelector("[data-remove]").setAttribute("aria-label", `Take away: ${name}`);
  chooser.value = "";
}

function remove(row) {
  const rows = row.parentElement;
  row.remove();
  renumber(rows);
  form.querySelector(`[data-add="${rows.dataset.rows}"]`).focus();
  showExample();
}

/** The places of a list are named as they stand, so that what the API says of one is said at it. */
function renumber(rows) {
  [...rows.children].forEach((row, place) => {
    for (const field of row.querySelectorAll("[name]")) field.name = field.name.replace(/\.(N|\d+)\./, `.${place}.`);
  });
}

/* What the rules would bring */

async function showExample() {
  const place = document.getElementById("example");
  const rules = await typed();
  place.hidden = !rules;
  if (!rules) return;
  const paid = EXAMPLE * 10 ** digitsOf(currency);
  const brought = broughtBy(rules.accrual ?? {}, paid);
  const levels = (rules.levels ?? []).map(({ name, multiplier }) => `${name} ${count(Math.floor(brought * Number(multiplier ?? 1) + 1e-9))}`);
  place.textContent = `For example: an order of ${money(paid)} brings ${levels.join(", ")} points, besides what pieces bring.`;
}

function broughtBy({ spend, visit }, paid) {
  const bySpend = spend?.per > 0 ? Math.floor(paid / spend.per) * (spend.points ?? 0) : 0;
  const byVisit = visit && paid >= (visit.minimum ?? 0) ? visit.points ?? 0 : 0;
  return bySpend + byVisit;
}

/** The rules as they are typed; nothing while a field cannot be read. */
async function typed() {
  try {
    return dense(await bodyOf(form)).rules;
  } catch {
    return undefined;
  }
}

function showRehearsal(found) {
  const place = document.getElementById("rehearsal");
  place.replaceChildren(...told(found).map((text) => madeOf("p", text)), comparison(found), ...movers(found));
  place.focus();
}

function told({ orders, members, of_members: all, since, helped, hurt, same, best_reward: best }) {
  const whole = members < all ? `${count(members)} of ${count(all)} members, drawn by lot` : `all ${count(all)} members`;
  return [
    `${count(orders)} orders since ${day(since)}, of ${whole}.`,
    `${count(helped)} would have more points, ${count(hurt)} fewer, ${count(same)} the same.`,
    best ? `In money by the best reward: ${best.name}.` : "No reward is on offer, so points have no price.",
  ];
}

function comparison(found) {
  const rows = FIGURES.map(([name, title]) => [title, found.in_force[name], found.proposed[name], count]);
  if (found.best_reward) rows.push(["Held, in money", found.in_force.liability_amount, found.proposed.liability_amount, money]);
  const head = madeOf("tr", ...["", "Today's rules", "New rules", "Difference"].map((title) => heading(title, "col")));
  const body = rows.map(([title, now, then, say]) => madeOf("tr", heading(title, "row"), ...[say(now), say(then), signed(then - now, say)].map(cell)));
  const table = madeOf("table", madeOf("thead", head), madeOf("tbody", ...body));
  const scroll = madeOf("div", table);
  Object.assign(scroll, { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Today's rules and the new ones" });
  return scroll;
}

function movers({ gains, losses }) {
  const named = (changes) => changes.map(({ tappass_id: id, points }) => `${id} ${signed(points, count)}`).join(", ");
  return [["Most gained", gains], ["Most lost", losses]].filter(([, changes]) => changes.length).map(([title, changes]) => madeOf("p", `${title}: ${named(changes)}`));
}

function heading(title, scope) {
  return Object.assign(madeOf("th", title), { scope, className: scope === "col" && title ? "number" : "" });
}

function cell(text) {
  return Object.assign(madeOf("td", text), { className: "number" });
}

function madeOf(tag, ...parts) {
  const element = document.createElement(tag);
  element.append(...parts);
  return element;
}

function count(number) {
  return number.toLocaleString("en");
}

function money(amount) {
  return (amount / 10 ** digitsOf(currency)).toLocaleString("en", { style: "currency", currency });
}

function day(iso) {
  return new Date(`${iso}T00:00:00Z`).toLocaleDateString("en", { dateStyle: "medium", timeZone: "UTC" });
}

function signed(number, say) {
  return number > 0 ? `+${say(number)}` : say(number).replace("-", "−");
}
