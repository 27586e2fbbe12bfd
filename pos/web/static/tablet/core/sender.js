// Sends what the outbox holds, oldest first, each under its key, so that a sale that is sent twice is booked once. What has no answer
// is tried again; what is refused goes to the repair list and holds up nobody.
import { signal } from "../ui.js";
import { call, NoAnswer, PERSON_IS_GONE, Refusal } from "./api.js";
import { isOnline, whenBack } from "./network.js";
import { entries, forgetOld, reload, update, waiting } from "./outbox.js";
import { register, revoked } from "./session.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);
const STORED_ALREADY = "idempotency-key-reused";
// A manager's word holds for two minutes: long enough for an answer, never for a sale that is sent later.
const APPROVAL_IS_OVER = "approval-expired";
const LATE = { is_late: true, approval: null };

export const isSending = signal(false);

let timer;
let wantsAnother = false;

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
  }
  if (wantsAnother) {
    wantsAnother = false;
    return flush();
  }
  setClock();
}

/** Starts sending: now, when the network is back, when somebody looks at the screen again, and by the clock. */
export async function start() {
  await reload();
  whenBack(hurry);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  return flush();
}

/** Tries everything now, whatever its turn. */
export async function hurry() {
  for (const entry of waiting.value) await update(entry.key, () => ({ next_at: 0 }));
  return flush();
}

// Windows of one device take turns. Where the browser knows no such locks two may send one sale at once; its key keeps it single.
function alone(work) {
  return navigator.locks ? navigator.locks.request("outbox", work) : work();
}

async function sendAll() {
  await reload();
  for (const { key } of waiting.value) {
    const entry = entries.value.find((each) => each.key === key);
    if (!register.value || entry?.state !== "waiting" || entry.next_at > Date.now()) continue;
    if (!(await send(entry))) return;
  }
  for (const entry of entries.value) if (entry.state === "refused" && entry.is_late && !entry.is_told) await tell(entry);
}

/** Sends one entry; false if there is no use in trying the next. */
async function send(entry) {
  try {
    const { body } = await sold(entry);
    await update(entry.key, () => ({ state: "sent", order: briefly(body), normal: null, offline: null, basket: null, approval: null, problem: null }));
    return true;
  } catch (error) {
    if (error instanceof NoAnswer) return nobodyAnswers(entry).then(() => false);
    if (!(error instanceof Refusal)) throw error;
    return refusedBy(entry, error);
  }
}

// Whose it was need not lie on the device any longer.
function briefly({ id, reference, total, amount_due, change_due, points, payment_status, public_url, payment_link, customer }) {
  return { id, reference, total, amount_due, change_due, points, payment_status, public_url, payment_link, member: customer.member };
}

/**
 * Books the sale. One that was made without an answer is told as it was made; if the first try had arrived after all, the
 * server knows its key under the body that was sent then, and answers that with what it made.
 */
async function sold(entry) {
  const { key, is_late: isLate, normal, offline, approval } = entry;
  if (!isLate || !offline) return call("POST", "/orders", { body: normal, key, approval });
  try {
    return await call("POST", "/orders", { body: offline, key, asPerson: false });
  } catch (error) {
    if (error.slug !== STORED_ALREADY) throw error;
    return call("POST", "/orders", { body: normal, key });
  }
}

async function refusedBy(entry, refusal) {
  if (TRY_AGAIN.has(refusal.status)) return later(entry).then(() => true);
  if (refusal.slug === PERSON_IS_GONE) {
    await update(entry.key, () => ({ ...LATE, next_at: 0 }));
    wantsAnother = Boolean(entry.offline);
    return true;
  }
  if (refusal.status === 401 && refusal.slug !== APPROVAL_IS_OVER) {
    revoked();
    return false;
  }
  await update(entry.key, () => ({ state: "refused", approval: null, problem: { slug: refusal.slug, ...refusal.problem }, is_told: false }));
  return true;
}

/** No network, so all that waits behind it has been made without an answer as well. */
async function nobodyAnswers(entry) {
  for (const { key } of waiting.value) await update(key, () => LATE);
  await later(entry);
}

/** Not now: again after a while that doubles, with a little chance in it, so that tablets do not come all at once. */
async function later(entry) {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(entry.tries, 5), LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
  await update(entry.key, () => ({ ...LATE, tries: entry.tries + 1, next_at: Date.now() + wait }));
}

/** The owner is told of a refused sale whose goods are gone, so that it is not lost with the device. */
export async function tell(entry) {
  try {
    const sale = entry.offline ?? entry.normal;
    await call("POST", "/register/refused-sales", { body: { key: entry.key, sale, problem: entry.problem }, asPerson: false });
    await update(entry.key, () => ({ is_told: true }));
    return true;
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof Refusal) return false;
    throw error;
  }
}

function setClock() {
  if (!waiting.value.length) return;
  const next = Math.min(...waiting.value.map((entry) => entry.next_at));
  const wait = Math.max(next - Date.now(), isOnline.value ? 100 : FIRST_WAIT_MS);
  timer = setTimeout(flush, Math.min(wait, LONGEST_WAIT_MS));
}
