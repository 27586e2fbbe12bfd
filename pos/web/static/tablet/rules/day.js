// The business day: the calendar day of a location's time zone, as pos/clock.py has it.

export const DAY_MS = 24 * 60 * 60_000;

/**
 * The first instant of the day that it is at an instant.
 *
 * @param {number} instant in milliseconds since 1970, as the answer
 * @param {string} timezone e.g. "Europe/Berlin"
 */
export function startOfDay(instant, timezone) {
  const guess = instant - sinceMidnight(instant, timezone);
  // Not zero where clocks were changed between midnight and now; then the guess is too late, or on the day before.
  const off = sinceMidnight(guess, timezone);
  return off > DAY_MS / 2 ? guess + DAY_MS - off : guess - off;
}

/** What the clock on the wall shows, in milliseconds. */
function sinceMidnight(instant, timezone) {
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const told = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, ...clock }).format(instant);
  const [hours, minutes, seconds] = told.split(":").map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + (instant % 1000);
}
