// The outbox: every sale is written here first, with or without network, and leaves it only when the books have it. docs/tablets.md
// tells the life of an entry: waiting → sent | refused | withdrawn; refused → waiting (repaired) | handed (to the owner);
// withdrawn → taken_back | sent (paid meanwhile).
//
// An entry: {key, made_at, made_by, made_in, state, is_late, tries, failures, next_at, normal, offline, basket, shown, problem, order, is_told,
// approval}. `normal` is the body of the sale as it is asked for now, `offline` the same as a sale that has been made already (null where
// that cannot be), `approval` a manager's word for a discount. One whose shape is changed gets a new version of the base, with an upgrade
// of what lies there (base.js).
import { computed, signal } from "../ui.js";
import { allEntries, changeEntries, isFull } from "./base.js";
import { here } from "./catalog.js";

const KEPT_SENT = 200;
const TO_SEND = new Set(["waiting", "withdrawn"]);
const DONE = new Set(["sent", "handed", "taken_back"]);

/** In the order in which they were made. */
export const entries = signal([]);
/** What the server has to hear of: sales, and that some are no more. */
export const waiting = computed(() => entries.value.filter(isToSend));
export const refused = computed(() => entries.value.filter((entry) => entry.state === "refused"));
/** What nobody has to care for any more. */
export const done = computed(() => entries.value.filter((entry) => DONE.has(entry.state)));

// Another window of this device has changed the outbox.
const windows = new BroadcastChannel("outbox");
windows.onmessage = () => reload();

/** The device has no room left, so the sale is not kept. */
export class NoRoom extends Error {}

/** Reads the outbox from the device. */
export async function reload() {
  entries.value = inOrder(await allEntries());
}

/**
 * Keeps a sale, to be sent: a new one, or in place of the refused entry with its key. What stands there otherwise is the same sale, which
 * was kept already, and stays. Throws NoRoom: then nothing was kept.
 */
export async function put(entry) {
  const how = (known) => (!known || known.state === "refused" ? entry : undefined);
  try {
    await change(how, entry.key);
  } catch (error) {
    if (!isFull(error)) throw error;
    await makeRoom(how, entry.key);
  }
  if (!find(entry.key)) await reload();
}

/**
 * Whether a sale was made in the store and at the location that this device is a register of now. Any other waits until it is that
 * again: it would come into other books, at other taxes. One that was kept before sales said so is from here.
 */
export function isFromHere({ made_in: made = here.value }) {
  return Boolean(here.value) && here.value.store === made.store && here.value.location_id === made.location_id;
}

/** Changes an entry by `what`, if it is still in that state: another window may have been faster. */
export function update(key, state, what) {
  return changeAnyway((entry) => (entry?.state === state ? { ...entry, ...what } : undefined), key);
}

/** Changes all that wait; `how(entry)` gives what of it is new. */
export function updateWaiting(how) {
  return changeAnyway((entry) => (isToSend(entry) ? { ...entry, ...how(entry) } : undefined));
}

/** Forgets the oldest of those that the books have. */
export async function forgetOld(most = KEPT_SENT) {
  const old = new Set(done.value.slice(0, Math.max(done.value.length - most, 0)).map((entry) => entry.key));
  if (old.size) await change((entry) => (old.has(entry.key) ? null : undefined));
}

/** Whether the server has to hear of it. */
export function isToSend(entry) {
  return TO_SEND.has(entry?.state);
}

export function find(key) {
  return entries.value.find((entry) => entry.key === key);
}

async function change(how, key) {
  show(await changeEntries(how, key));
  windows.postMessage("changed");
}

// Where the device has no room even for that, it holds in this window only: after the next start the sale is sent once more,
// and its key keeps it single.
async function changeAnyway(how, key) {
  try {
    await change(how, key);
  } catch (error) {
    if (!isFull(error)) throw error;
    await makeRoom(how, key).catch(() => show(inMemory(how, key)));
  }
}

async function makeRoom(how, key) {
  await forgetOld(0);
  try {
    await change(how, key);
  } catch (error) {
    throw isFull(error) ? new NoRoom() : error;
  }
}

function inMemory(how, key) {
  const meant = entries.value.filter((entry) => !key || entry.key === key);
  return meant.map((entry) => [entry.key, how(entry)]).filter(([, entry]) => entry !== undefined);
}

function show(changes) {
  const known = new Map(entries.value.map((entry) => [entry.key, entry]));
  for (const [key, entry] of changes) {
    if (entry) known.set(key, entry);
    else known.delete(key);
  }
  entries.value = inOrder([...known.values()]);
}

function inOrder(some) {
  return some.sort((one, other) => one.made_at.localeCompare(other.made_at) || one.key.localeCompare(other.key));
}
