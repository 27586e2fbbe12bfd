// What the device keeps: an IndexedDB with `settings` (one value for a name) and `outbox` (each sale under its key).
import { openDB } from "../../vendor/idb/idb.mjs";

const NAME = "tappass";
const VERSION = 1;
// On the disk before anybody is told that it is kept: a tablet may lose its power at any moment.
export const STRICT = { durability: "strict" };

const base = baseOf(NAME, VERSION, (database) => {
  database.createObjectStore("settings");
  database.createObjectStore("outbox", { keyPath: "key" });
});

/**
 * A function that gives the open base of this name, made by `make(database)` where there is none. One that cannot be opened now, or that the
 * browser has closed, is opened again by the next who asks.
 */
export function baseOf(name, version, make) {
  let opened;
  const forgetIt = () => { opened = undefined; };
  const blocking = (_current, _wanted, event) => {
    event.target.close();
    forgetIt();
  };
  return () => {
    opened ??= openDB(name, version, { upgrade: make, blocking, terminated: forgetIt }).catch((error) => {
      forgetIt();
      throw error;
    });
    return opened;
  };
}

/** A value that the device keeps under a name; undefined without one. */
export async function kept(name) {
  return (await base()).get("settings", name);
}

/** Keeps a value under a name; undefined takes it away. */
export async function keep(name, value) {
  const database = await base();
  return value === undefined ? database.delete("settings", name) : database.put("settings", value, name);
}

/** Takes away all values for which `isOver(name, value)`. */
export async function forget(isOver) {
  const transaction = (await base()).transaction("settings", "readwrite");
  for await (const { key, value } of transaction.store) {
    if (isOver(key, value)) transaction.store.delete(key);
  }
  return transaction.done;
}

/** Keeps what can be had again: on a device without room it is not kept. */
export async function keepIfThereIsRoom(name, value) {
  try {
    await keep(name, value);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

/** Whether something failed because the device has no room left. */
export function isFull(error) {
  return error.name === "QuotaExceededError";
}

/** All entries of the outbox. */
export async function allEntries() {
  return (await base()).getAll("outbox");
}

/**
 * Changes the entry of a key, or without one each entry, under a lock of the database, so that two windows never undo each
 * other's change. `how(entry or undefined)` gives the entry to keep, null to delete it, undefined to leave all as it is.
 * Answers [[key, entry or null]] of what was changed; it is on the disk then. Throws, and nothing is changed.
 */
export async function changeEntries(how, key) {
  const transaction = (await base()).transaction("outbox", "readwrite", STRICT);
  const changing = changed(transaction.store, how, key);
  // A request that fails takes the transaction down with it, and that one knows why.
  changing.catch(() => {});
  await transaction.done;
  return changing;
}

async function changed(store, how, key) {
  const found = key ? [[key, await store.get(key)]] : (await store.getAll()).map((entry) => [entry.key, entry]);
  const wanted = found.map(([name, entry]) => [name, how(entry)]).filter(([, entry]) => entry !== undefined);
  await Promise.all(wanted.map(([name, entry]) => (entry === null ? store.delete(name) : store.put(entry))));
  return wanted;
}

/** Asks the browser not to throw the device's data away when it runs short of room. */
export async function askToStay() {
  return (await navigator.storage?.persist?.()) ?? false;
}
