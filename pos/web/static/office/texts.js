/** What a text comes to, said while it is typed: `<textarea data-foresee="reply">` with an `<output for>` beside it. The server reckons, since it
 * knows what leaves and what it costs. */
import { digitsOf } from "../tablet/rules/money.js";
import { call, currency } from "./api.js";

const PAUSE_MILLISECONDS = 300;
const PLAIN_SIGNS = 160;
const DEAR_SIGNS = 70;

for (const field of document.querySelectorAll("[data-foresee]")) watch(field);
// An answer that was taken stands among the texts at once, and its box is empty.
document.addEventListener("office:done", ({ target }) => {
  const field = target.querySelector("[data-foresee=reply]");
  if (!field) return;
  target.reset();
  outputOf(field).textContent = nothing();
  document.body.dispatchEvent(new CustomEvent("look"));
});

function watch(field) {
  let waiting;
  const [language, purpose] = ["language", "purpose"].map((name) => field.form.elements.namedItem(name));
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => foresee(field, { purpose: purpose?.value ?? field.dataset.foresee, language: language?.value ?? null }), PAUSE_MILLISECONDS);
  };
  for (const each of [field, language, purpose]) each?.addEventListener("input", soon);
  if (field.value) soon();
}

async function foresee(field, meant) {
  const body = field.value;
  const said = outputOf(field);
  if (!body.trim()) return void (said.textContent = nothing());
  const answer = await call("POST", "/messages/preview", { body: { body, ...meant } });
  if (field.value === body) said.textContent = answer.ok ? sentence(answer.body) : (answer.body.detail ?? "");
  return undefined;
}

function sentence({ segments, characters, cost, dear_signs: dear, excess, body }) {
  const parts = [`${segments} segment${segments === 1 ? "" : "s"}, ${characters} characters, about ${money(cost)}.`];
  if (dear.length) parts.push(`${dear.join(" ")} makes it dear: with such signs a segment holds ${DEAR_SIGNS} characters in place of ${PLAIN_SIGNS}.`);
  if (excess) parts.push(`It is ${excess} characters too long.`);
  return body ? parts.join(" ") : nothing();
}

function nothing() {
  return `A segment holds ${PLAIN_SIGNS} plain characters.`;
}

function money(amount) {
  const digits = digitsOf(currency);
  return new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(amount / 10 ** digits);
}

function outputOf(field) {
  return field.form.querySelector(`output[for="${field.id}"]`);
}
