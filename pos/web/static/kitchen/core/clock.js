// The time by the server's clock: a screen on the wall may be minutes off, and the age of a ticket would be, too.
import { signal } from "../../tablet/ui.js";
import { clockErrorOf } from "../rules/age.js";

const EVERY_MS = 500;

let error = 0;

/** What time it is, in milliseconds, told anew twice a second. */
export const now = signal(Date.now());
setInterval(tell, EVERY_MS);

/** This instant by the server's clock, as the API writes it. */
export function instant() {
  return new Date(Date.now() - error).toISOString();
}

/** Sets the clock by the Date header of an answer that has just come. */
export function setBy(date) {
  if (!date) return;
  error = clockErrorOf(date, Date.now(), error);
  tell();
}

function tell() {
  now.value = Date.now() - error;
}
