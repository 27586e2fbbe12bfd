// What the device keeps: an IndexedDB with `settings` (one value for a name) and `outbox` (each sale under its key).
import { openDB } from "../../vendor/idb/idb.mjs";

const NAME = "tappass";
const VERSION = 1;
// On the disk before anybody is told that it is kept: a tablet may lose its power at any moment.
const STRICT = { durability: "strict" };

let opened;

function base() {
  opened ??= openDB(NAME, VERSION, {
    upgrade(database) {
      database.createObjectStore("settings");
      database.createObjectStore("outbox", { keyPath: "key" });
    },
    blocking: (_current, _wanted, event) => event.target.close(),
    terminated: () => { opened = undefined; },
  });
  return opened;
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

/** All entries of the outbox, in the order in which they were made. */
export async function allEntries() {
  const entries = await (await base()).getAll("outbox");
  return entries.sort((one, other) => one.made_at.localeCompare(other.made_at) || one.key.localeCompare(other.key));
}

/**
 * Changes one entry under a lock of the database, so that two windows never undo each other's change.
 * `change(entry or undefined)` gives the entry to keep, null to delete it, undefined to leave all as it is.
 */
export async function changeEntry(key, change) {
  const transaction = (await base()).transaction("outbox", "readwrite", STRICT);
  const wanted = change(await transaction.store.get(key));
  if (wanted === null) await transaction.store.delete(key);
  else if (wanted !== undefined) await transaction.store.put(wanted);
  await transaction.done;
  return wanted;
}

/** Asks the browser not to throw the device's data away when it runs short of room. */
export async function askToStay() {
  return (await navigator.storage?.persist?.()) ?? false;
}
