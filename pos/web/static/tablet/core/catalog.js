// What this register sells and by which rules: fetched as a whole, kept on the device, fetched again when it has changed.
import { computed, effect, signal } from "../ui.js";
import { place } from "../words/index.js";
import { call, NoAnswer, Refusal } from "./api.js";
import { keepIfThereIsRoom, kept } from "./base.js";
import { isRevoked, recognised, register, revoked } from "./session.js";

const CLOCK_IS_OFF_MS = 2 * 60_000;

/** The answer of GET /register/catalog, or null before the first one. */
export const catalog = signal(null);
/** By how many milliseconds this device's clock is off, if that is much. */
export const clockError = signal(0);

/** Where this device sells, as the sales that are made here keep it; null while it is not known. */
export const here = computed(() => catalog.value && whereOf(catalog.value));

export const productsById = computed(() => new Map((catalog.value?.products ?? []).map((product) => [product.id, product])));

let etag;

/** Reads what the device keeps. */
export async function restore() {
  const known = await kept("catalog");
  if (known) take(known);
}

// Another register, or none, has another catalogue. What is asked for or read meanwhile may still be the old one's.
effect(() => {
  if (catalog.value && (isRevoked.value || catalog.value.register.id !== register.value?.id)) {
    etag = undefined;
    catalog.value = null;
  }
});

/** Asks for what is new. False without an answer: then the tablet goes on with what it has. */
export async function sync() {
  const { token } = register.value;
  try {
    const answer = await call("GET", "/register/catalog", { known: etag, asPerson: false });
    if (register.value.token !== token) return false;
    recognised();
    lookAtClock(answer.date);
    if (answer.status === 304) return true;
    take({ etag: answer.etag, catalog: answer.body });
    await keepIfThereIsRoom("catalog", { etag, catalog: catalog.value });
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.status === 401 && register.value.token === token) await revoked();
    if (error instanceof Refusal || error instanceof NoAnswer) return false;
    throw error;
  }
}

function take(known) {
  etag = known.etag;
  catalog.value = known.catalog;
  const { store, location } = known.catalog;
  place.value = { country: store.country, currency: store.currency, timezone: location.timezone };
}

function whereOf({ register: { id }, store, location }) {
  return { register_id: id, store: store.slug, location_id: location.id, location: location.name };
}

function lookAtClock(date) {
  const off = date ? Date.now() - Date.parse(date) : 0;
  clockError.value = Math.abs(off) > CLOCK_IS_OFF_MS ? off : 0;
}
