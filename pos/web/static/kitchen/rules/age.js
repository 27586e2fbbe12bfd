// How long a ticket has waited, as it is read from afar: pure.

import { leastOf } from "./making.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const MOST_MINUTES_BY_SECONDS = 60;
const MINUTES_OF_A_DAY = 24 * 60;

/**
 * `{seconds, minutes, level}` between an instant (ISO text) and `now` (milliseconds); never below zero, since two clocks may differ.
 * `level` is "normal", "slow" or "late" by the minutes of the store.
 */
export function ageOf(since, now, { slow_minutes: slow, late_minutes: late }) {
  const passed = Math.max(now - Date.parse(since), 0);
  const minutes = Math.floor(passed / MINUTE_MS);
  return { seconds: Math.floor(passed / SECOND_MS), minutes, level: minutes >= late ? "late" : minutes >= slow ? "slow" : "normal" };
}

/** The form in which an age is written: `{name, n}` of a sentence; m:ss in the first hour. */
export function writtenAge({ seconds, minutes }) {
  if (minutes < MOST_MINUTES_BY_SECONDS) return { name: "kitchen.clock", minutes: String(minutes), seconds: String(seconds % 60).padStart(2, "0") };
  if (minutes < MINUTES_OF_A_DAY) return { name: "kitchen.minutes", n: minutes };
  return { name: "kitchen.hours", n: Math.floor(minutes / 60) };
}

/** Since when what is to be handed over lies there: when the last of it became ready; else since when the ticket waits. */
export function sinceOf({ fired_at: firedAt, lines }) {
  const ready = lines.filter((part) => part.status === "ready" && part.ready_at).map((part) => part.ready_at);
  return leastOf(lines) === "ready" && ready.length ? ready.sort().at(-1) : firedAt;
}

/** By how many milliseconds this device is ahead of the server, whose Date header (in whole seconds) has just come. Small changes are only noise. */
export function clockErrorOf(date, now, before = 0) {
  const error = now - (Date.parse(date) + SECOND_MS / 2);
  return Math.abs(error - before) > SECOND_MS ? error : before;
}
