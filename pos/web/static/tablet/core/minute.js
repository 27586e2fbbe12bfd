// The minute that it is, for prices that hold for some hours only.
import { signal } from "../ui.js";

const EVERY_MS = 10_000;
const MINUTE_MS = 60_000;

/** The beginning of this minute, in milliseconds. */
export const minute = signal(begun());
setInterval(() => { minute.value = begun(); }, EVERY_MS);

function begun() {
  return Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
}
