// What a kitchen's screen keeps: an IndexedDB of its own, so that a tablet on the same device is not concerned when its shape changes.
// `taps` holds what was tapped, in order, until the server has it; `settings` one value for a name.
import { baseOf, STRICT } from "../../tablet/core/base.js";

const base = baseOf("tappass-kitchen", 1, (database) => {
  database.createObjectStore("settings");
  database.createObjectStore("taps", { keyPath: "number", autoIncrement: true });
});

/** A value that the screen keeps under a name; undefined without one. */
export async function kept(name) {
  return (await base()).get("settings", name);
}

/** Keeps what can be had again. A device without room goes on without it. */
export async function keep(name, value) {
  try {
    await (await base()).put("settings", value, name);
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
  }
}

/** All taps, in the order in which they were made. */
export async function allTaps() {
  return (await base()).getAll("taps");
}

/** Keeps a tap, on the disk before this answers; gives it with its number. */
export async function addTap(tap) {
  const transaction = (await base()).transaction("taps", "readwrite", STRICT);
  const adding = transaction.store.add(tap);
  // A request that fails takes the transaction down with it, and that one knows why.
  adding.catch(() => {});
  await transaction.done;
  return { ...tap, number: await adding };
}

/** Keeps what has become of a tap. */
export async function putTap(tap) {
  await (await base()).put("taps", tap);
}

/** Forgets taps by their numbers. */
export async function dropTaps(numbers) {
  const transaction = (await base()).transaction("taps", "readwrite");
  numbers.forEach((number) => transaction.store.delete(number));
  await transaction.done;
}
