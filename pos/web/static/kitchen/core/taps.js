// What is tapped on this screen. Each tap is written to the device first, is shown as done at once, and is sent in its turn under a key of
// its own: so it happens once, whatever becomes of the network, the browser or the device.
//
// A tap: {number, key, at, act, about: {reference, name}, state, tries, moved, undoes}. `waiting` is for the server; `sent` has its answer, which
// may not show in the tickets yet; `done` does, and stays for a minute, to be undone. `undoes` is the number of the tap that it takes back.
import { computed, signal } from "../../tablet/ui.js";
import { call, NoAnswer, Refusal } from "../../tablet/core/api.js";
import { newKey } from "../../tablet/core/keys.js";
import { isOnline } from "../../tablet/core/network.js";
import { isRevoked, revoked } from "../../tablet/core/session.js";
import { undoOf, unitsOf } from "../rules/making.js";
import { addTap, allTaps, dropTaps, putTap } from "./base.js";
import { instant, now } from "./clock.js";

const UNDO_MS = 60_000;
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);
const MOST_FAILURES = 10;
const AGAIN_AFTER_MS = 2_000;

/** In the order in which they were made. */
export const taps = signal([]);
/** What of it the server has to hear of. */
export const waiting = computed(() => taps.value.filter((tap) => tap.state === "waiting"));
/** What the tickets of the last answer may not show. */
export const ahead = computed(() => taps.value.filter((tap) => tap.state !== "done"));
/** Taps that the server refused: `{key, about, act, refusal}`, until somebody has read them. */
export const refused = signal([]);
/** The newest tap that can be taken back. */
export const undoable = computed(() => taps.value.filter(isUndoable).at(-1) ?? null);

/** The device has no room, or its browser keeps nothing now. */
class NotKept extends Error {
  slug = "not-kept";
}

/** Somebody else was at it, too. */
class NotOurs extends Error {
  slug = "not-ours";
}

let isSending = false, wantsMore = false, timer;
let onSent = () => {};

// Windows of one device send the same taps.
const windows = new BroadcastChannel("kitchen-taps");
windows.onmessage = async () => {
  await reload();
  if (sentNumbers().size) onSent();
};

/** Reads what the device keeps, sends what waits, and calls `whenSent` whenever the tickets should be asked for. */
export async function start(whenSent) {
  onSent = whenSent;
  await reload();
  isOnline.subscribe((is) => is && flush());
}

/** Does an act: keeps it, shows it, sends it. `about` is the ticket, to be named by. */
export async function tap(act, { reference, tab_name: tab, customer_name: customer }, undoes) {
  const mine = { key: newKey(), at: instant(), act, about: { reference, name: tab || customer || "" }, undoes, state: "waiting", tries: 0 };
  const kept = await addTap(mine).catch(() => null);
  if (!kept) {
    tell(mine, new NotKept());
    return;
  }
  taps.value = [...taps.value.filter((each) => each.number !== kept.number), kept];
  windows.postMessage("changed");
  await flush();
}

/** Takes the newest tap back. */
export function undo() {
  const newest = undoable.value;
  return newest && tap(undoOf(newest.act), { reference: newest.about.reference, tab_name: newest.about.name }, newest.number);
}

/** The tickets show all that was answered before this. What is old is forgotten. */
export async function shown(sent) {
  const isShown = (each) => each.state === "sent" && sent.has(each.number);
  const fresh = taps.value.map((each) => (isShown(each) ? { ...each, state: "done" } : each));
  const wanted = new Set(waiting.value.map((each) => each.undoes));
  const old = fresh.filter((each) => each.state === "done" && isOld(each) && !wanted.has(each.number));
  const changed = fresh.filter((each, index) => each !== taps.value[index] && !old.includes(each));
  if (!old.length && !changed.length) return;
  taps.value = fresh.filter((each) => !old.includes(each));
  await Promise.all(changed.map(putTap));
  if (old.length) await dropTaps(old.map((each) => each.number));
}

/** The numbers of those that have their answer. */
export function sentNumbers() {
  return new Set(taps.value.filter((each) => each.state === "sent").map((each) => each.number));
}

/** A refusal has been read. */
export function forgetRefused(key) {
  refused.value = refused.value.filter((each) => each.key !== key);
}

async function reload() {
  taps.value = await allTaps();
}

/** Sends what waits, in order; what gets no answer holds up what comes after it. */
export async function flush() {
  clearTimeout(timer);
  if (isSending) {
    wantsMore = true;
    return;
  }
  isSending = true;
  try {
    await alone(sendAll);
  } finally {
    isSending = false;
  }
  if (waiting.value.length) timer = setTimeout(flush, AGAIN_AFTER_MS);
  if (wantsMore) {
    wantsMore = false;
    await flush();
  }
}

function alone(work) {
  return navigator.locks ? navigator.locks.request("kitchen-taps", work) : work();
}

async function sendAll() {
  if (!waiting.value.length || isRevoked.value) return;
  await reload();
  let any = false;
  while (waiting.value.length && (await send(waiting.value[0]))) any = true;
  if (any) onSent();
}

/** Sends one; false if there is no use in trying the next. */
async function send(one) {
  if (one.undoes && !isOursToUndo(one)) return refuse(one, new NotOurs());
  try {
    const { body } = await call("POST", pathOf(one.act), { body: bodyOf(one.act), key: one.key });
    await change({ ...one, state: "sent", moved: body?.moved });
    return true;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    if (!(error instanceof Refusal)) throw error;
    return refusedBy(one, error);
  }
}

async function refusedBy(one, refusal) {
  if (refusal.status === 401) {
    await revoked();
    return false;
  }
  if (TRY_AGAIN.has(refusal.status) && one.tries + 1 < MOST_FAILURES) {
    await change({ ...one, tries: one.tries + 1 });
    return false;
  }
  return refuse(one, refusal);
}

function refuse(one, refusal) {
  tell(one, refusal);
  return drop(one.number);
}

function tell({ key, about, act }, refusal) {
  refused.value = [...refused.value, { key, about, act, refusal }];
}

// What somebody else has moved is not ours to take back: it would be made twice. After an answer that was lost the server does not say
// any more how much this screen has moved.
function isOursToUndo({ undoes }) {
  const first = taps.value.find((each) => each.number === undoes);
  return first?.moved === unitsOf(first?.act ?? { lines: [] });
}

async function drop(number) {
  await dropTaps([number]);
  taps.value = taps.value.filter((each) => each.number !== number);
  windows.postMessage("changed");
  return true;
}

async function change(one) {
  await putTap(one);
  taps.value = taps.value.map((each) => (each.number === one.number ? one : each));
  windows.postMessage("changed");
}

function pathOf({ kind, order_id: id }) {
  return `/orders/${id}/preparation${kind === "seen" ? "/seen" : ""}`;
}

function bodyOf({ kind, lines, from, to }) {
  return kind === "seen" ? { lines } : { lines, from, to };
}

function isUndoable({ number, act, moved, undoes, at }) {
  const isOurs = moved === undefined || moved === unitsOf(act);
  const isTakenBack = taps.value.some((each) => each.undoes === number);
  return act.kind === "move" && !undoes && isOurs && !isTakenBack && now.value - Date.parse(at) < UNDO_MS;
}

function isOld({ at }) {
  return Math.abs(now.value - Date.parse(at)) > UNDO_MS;
}
