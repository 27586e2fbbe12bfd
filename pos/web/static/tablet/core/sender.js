// Sends what the outbox holds, each under its key, so that a sale that is sent twice is booked once. What has no answer is tried
// again; what is refused goes to the repair list and holds up nobody.
import { signal } from "../ui.js";
import { call, NoAnswer, PERSON_IS_GONE, Refusal } from "./api.js";
import { here } from "./catalog.js";
import { isOnline, whenBack } from "./network.js";
import { entries, forgetOld, isFromHere, isToSend, refused, reload, update, updateWaiting, waiting } from "./outbox.js";
import { person, revoked } from "./session.js";
import { t } from "../words/index.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);
// A sale on which the server breaks so many times needs a person.
const MOST_FAILURES = 10;
const STORED_ALREADY = "idempotency-key-reused";
// A manager's word holds for two minutes. What is sent later goes without it, and the server notes that.
const APPROVAL_IS_OVER = "approval-expired";
const LATE = { is_late: true };
// By then somebody has had the time to mend a refused sale in front of the customer.
const TELL_AFTER_MS = 60_000;

export const isSending = signal(false);

let timer;
let wantsAnother = false;
let silences = 0;

/** Sends what may be sent now, and sets the clock for the rest. */
export async function flush() {
  clearTimeout(timer);
  if (isSending.value) {
    wantsAnother = true;
    return;
  }
  isSending.value = true;
  try {
    await alone(sendAll);
    await forgetOld();
  } finally {
    isSending.value = false;
    setClock();
  }
  if (wantsAnother) {
    wantsAnother = false;
    return flush();
  }
}

/** Starts sending: as soon as it is known where this device sells, when the network is back, when somebody looks at the screen again, and by the clock. */
export function start() {
  whenBack(hurry);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  here.subscribe((place) => place && hurry());
}

/** Tries everything now, whatever its turn. */
export async function hurry() {
  silences = 0;
  if (waiting.value.length) await updateWaiting(() => ({ next_at: 0 }));
  return flush();
}

// Windows of one device take turns. Where the browser knows no such locks two may send one sale at once; its key keeps it single.
function alone(work) {
  return navigator.locks ? navigator.locks.request("outbox", work) : work();
}

async function sendAll() {
  await reload();
  for (const { key } of inTurn()) {
    const entry = entries.value.find((each) => each.key === key);
    if (!isToSend(entry) || !isFromHere(entry)) continue;
    if (!(await send(entry))) return;
  }
  for (const entry of untold()) await tell(entry).catch(unlessItIsAnAnswer);
}

// What was tried less comes first: a sale that gets no answer while others would must not stand in their way.
function inTurn() {
  return waiting.value.filter(isFromHere).filter(isDue).sort((one, other) => one.tries - other.tries);
}

// A turn that is farther away than any wait was set by a clock that has been put back since.
function isDue({ next_at: next }) {
  const wait = next - Date.now();
  return wait <= 0 || wait > 2 * LONGEST_WAIT_MS;
}

function untold() {
  return refused.value.filter((entry) => isFromHere(entry) && !entry.is_told && (entry.is_late || isOld(entry)));
}

function isOld({ made_at: madeAt }) {
  return Math.abs(Date.now() - Date.parse(madeAt)) > TELL_AFTER_MS;
}

/** Sends one entry; false if there is no use in trying the next. */
async function send(entry) {
  try {
    const outcome = await (entry.state === "withdrawn" ? takenBack(entry) : booked(entry));
    silences = 0;
    await update(entry.key, entry.state, { ...outcome, problem: null, ...nothingOfWhom(entry) });
    return true;
  } catch (error) {
    if (error instanceof NoAnswer) return nobodyAnswers(entry).then(() => false);
    if (!(error instanceof Refusal)) throw error;
    silences = 0;
    return refusedBy(entry, error);
  }
}

async function booked(entry) {
  const { body } = await sold(entry);
  return { state: "sent", order: briefly(body) };
}

function briefly({ id, reference, total, amount_due, change_due, points, payment_status, public_url, payment_link, tab_name, customer }) {
  return { id, reference, total, amount_due, change_due, points, payment_status, public_url, payment_link, tab_name, member: customer.member };
}

// Whose it was need not lie on the device any longer.
function nothingOfWhom({ shown }) {
  const who = shown.who && { name: "", phone: `… ${shown.who.phone.slice(-4)}` };
  return { normal: null, offline: null, basket: null, approval: null, shown: { ...shown, who } };
}

/**
 * Books the sale. One that was made without an answer is told as it was made; if the first try had arrived after all, the
 * server knows its key under the body that was sent then, and answers that with what it made.
 */
async function sold(entry) {
  const { key, is_late: isLate, normal, offline, approval } = entry;
  const asked = { body: normal, key, approval, asPerson: person.value?.id === entry.made_by };
  if (!isLate || !offline) return call("POST", "/orders", asked);
  try {
    return await call("POST", "/orders", { body: offline, key, approval, asPerson: false });
  } catch (error) {
    if (error.slug !== STORED_ALREADY) throw error;
    return call("POST", "/orders", asked);
  }
}

/**
 * Sees to it that a sale that was taken back is not in the books: the order under its key is canceled, unless somebody has paid for it.
 * Where the sale had not arrived that order is made for this, so that it finds its key taken if it arrives yet.
 */
async function takenBack(entry) {
  const order = await orderUnder(entry);
  const isInForce = order && order.status !== "canceled" && (order.amount_paid > 0 || !(await isCanceled(order)));
  return isInForce ? { state: "sent", order: briefly(order) } : { state: "taken_back" };
}

/** The order that the key of a sale stands for; undefined if not even its goods can be sold to nobody, so it is not in the books. */
async function orderUnder({ key, normal }) {
  const goods = normal.items.map(({ discount, ...item }) => item);
  try {
    const { body } = await call("POST", "/orders", { body: { walk_in: true, items: goods }, key, asPerson: false });
    return body;
  } catch (error) {
    if (error.slug === STORED_ALREADY) return (await call("POST", "/orders", { body: normal, key, asPerson: false })).body;
    if (isOfTheRules(error)) return undefined;
    throw error;
  }
}

async function isCanceled(order) {
  try {
    await call("POST", `/orders/${order.id}/cancel`, { body: { reason: t("take_back.reason") }, asPerson: false });
    return true;
  } catch (error) {
    // Somebody was faster: with money, or with the goods.
    if (isOfTheRules(error)) return false;
    throw error;
  }
}

function isOfTheRules(error) {
  return error instanceof Refusal && error.status !== 401 && !TRY_AGAIN.has(error.status);
}

async function refusedBy(entry, refusal) {
  const failures = entry.failures + (refusal.status === 500 ? 1 : 0);
  const isWorthATry = entry.state === "withdrawn" ? refusal.status !== 401 : TRY_AGAIN.has(refusal.status) && failures < MOST_FAILURES;
  if (isWorthATry) return later({ ...entry, failures }).then(() => true);
  if (refusal.slug === PERSON_IS_GONE) {
    await update(entry.key, "waiting", { ...LATE, next_at: 0 });
    wantsAnother = true;
    return true;
  }
  if (refusal.slug === APPROVAL_IS_OVER && entry.is_late) {
    await update(entry.key, "waiting", { approval: null, next_at: 0 });
    wantsAnother = true;
    return true;
  }
  if (refusal.status === 401 && refusal.slug !== APPROVAL_IS_OVER) {
    await revoked();
    return false;
  }
  await update(entry.key, "waiting", { state: "refused", approval: null, problem: { slug: refusal.slug, ...refusal.problem }, failures: 0, is_told: false });
  return true;
}

/** No network, so all that waits behind it has been made without an answer as well, and has no better chances. */
async function nobodyAnswers({ key }) {
  const next = Date.now() + waitAfter(silences);
  silences += 1;
  await updateWaiting((entry) => ({ ...LATE, next_at: next, tries: entry.tries + (entry.key === key ? 1 : 0) }));
}

function later({ key, state, tries, failures }) {
  return update(key, state, { ...LATE, tries: tries + 1, failures, next_at: Date.now() + waitAfter(tries) });
}

/** After a while that doubles, with a little chance in it, so that tablets do not come all at once. */
function waitAfter(tries) {
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(tries, 5), LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
}

/** The owner is told of a refused sale whose goods are gone, so that it is not lost with the device. Throws Refusal, NoAnswer. */
async function tell(entry) {
  const sale = entry.offline ?? entry.normal;
  await call("POST", "/register/refused-sales", { body: { key: entry.key, sale, problem: entry.problem }, asPerson: false });
  await update(entry.key, "refused", { is_told: true });
}

/** Leaves a refused sale to the owner. Throws Refusal, NoAnswer; then it stays where it was. */
export async function hand(entry) {
  if (!entry.is_told) await tell(entry);
  await update(entry.key, "refused", { state: "handed", ...nothingOfWhom(entry) });
}

function unlessItIsAnAnswer(error) {
  if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
}

function setClock() {
  const turns = waiting.value.filter(isFromHere).map((entry) => entry.next_at);
  if (refused.value.some((entry) => isFromHere(entry) && !entry.is_told)) turns.push(Date.now() + LONGEST_WAIT_MS);
  if (!turns.length) return;
  const wait = Math.max(Math.min(...turns) - Date.now(), isOnline.value ? 100 : FIRST_WAIT_MS);
  timer = setTimeout(flush, Math.min(wait, LONGEST_WAIT_MS));
}
