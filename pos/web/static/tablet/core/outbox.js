// The outbox: every sale is written here first, with or without network, and leaves it only when the books have it. docs/tablets.md
// tells the life of an entry: waiting → sent | refused; refused → waiting (repaired) | handed (to the owner).
//
// An entry: {key, made_at, state, is_late, tries, next_at, normal, offline, shown, problem, order, is_told, approval}. `normal` is the body of the
// sale as it is asked for now, `offline` the same as a sale that has been made already (null where that cannot be).
import { computed, signal } from "../ui.js";
import { allEntries, changeEntry } from "./base.js";

const KEPT_SENT = 200;

export const entries = signal([]);
export const waiting = computed(() => entries.value.filter((entry) => entry.state === "waiting"));
export const refused = computed(() => entries.value.filter((entry) => entry.state === "refused"));

// Another window of this device has changed the outbox.
const windows = new BroadcastChannel("outbox");
windows.onmessage = () => reload();

/** The device has no room left, so the sale is not kept. */
export class NoRoom extends Error {}

/** Reads the outbox from the device. */
export async function reload() {
  entries.value = await allEntries();
}

/** Keeps a sale, to be sent; in place of the refused entry with its key if there is one. Throws NoRoom: then nothing was kept. */
export async function put(entry) {
  try {
    await change(entry.key, () => entry);
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
    await makeRoom(entry);
  }
}

/** Changes an entry; `how(entry)` gives what of it is new, null deletes it. */
export async function update(key, how) {
  return change(key, (entry) => {
    if (!entry) return undefined;
    const changed = how(entry);
    return changed ? { ...entry, ...changed } : changed;
  });
}

/** Forgets the oldest of those that the books have. */
export async function forgetOld(most = KEPT_SENT) {
  const done = entries.value.filter((entry) => entry.state === "sent" || entry.state === "handed");
  for (const entry of done.slice(0, Math.max(done.length - most, 0))) await change(entry.key, () => null);
}

export function find(key) {
  return entries.value.find((entry) => entry.key === key);
}

async function change(key, how) {
  const changed = await changeEntry(key, how);
  await reload();
  windows.postMessage("changed");
  return changed;
}

async function makeRoom(entry) {
  await forgetOld(0);
  try {
    await change(entry.key, () => entry);
  } catch (error) {
    throw error.name === "QuotaExceededError" ? new NoRoom() : error;
  }
}
