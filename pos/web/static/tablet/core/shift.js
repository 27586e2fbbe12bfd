// The shift of this register: from the float that was counted in the morning to the Z. Whoever sells needs none; whoever opens, counts or
// closes one needs the network, since the books say what should be in the drawer.
import { computed, signal } from "../ui.js";
import { drawerSum } from "../rules/drawer.js";
import { useLive } from "./live.js";
import { register } from "./session.js";

const PATH = "/register/shift";
const NOTHING_COUNTED = { isOne: false, counts: {}, other: null, isWrong: false };

/** Under which name an act on the register's shift waits for its answer (core/once.js). */
export const shiftId = computed(() => `shift:${register.value?.id}`);

/** What was counted so far, by what it is counted for: it outlives a lock in the middle of counting. */
export const tallies = signal({});

/** What the last count was compared with: `{count, tenders}`. */
export const compared = signal(null);

const turn = signal(0);

/** What is done with the shift, as `once` takes it. */
export const acts = {
  open: (amount) => ({ kind: "open", method: "POST", path: "/shifts", body: { opening_float: amount } }),
  move: ({ id }, body) => ({ kind: "move", method: "POST", path: `/shifts/${id}/movements`, body }),
  count: ({ id }, body) => ({ kind: "count", method: "POST", path: `/shifts/${id}/counts`, body }),
  close: ({ id }) => ({ kind: "close", method: "POST", path: `/shifts/${id}/close`, body: {} }),
};

/** The register's shift as a signal (core/live.js), whose body is `{shift}`; null without one. Asked for as the register: nobody has to sign in for it. */
export function useShift(seconds) {
  return useLive(PATH, seconds, turn.value, { asPerson: false });
}

/** Something has changed: all who show the shift ask again now. */
export function askAgain() {
  turn.value += 1;
}

/** What is being counted under this name: `{isOne, counts, other, isWrong}`; `isOne` if it is told as one amount, `isWrong` if that is none. */
export function tallyOf(name) {
  return tallies.value[name] ?? NOTHING_COUNTED;
}

export function tally(name, what) {
  tallies.value = { ...tallies.value, [name]: { ...tallyOf(name), ...what } };
}

export function forgetTally(name) {
  tallies.value = { ...tallies.value, [name]: undefined };
}

/** What was counted under this name, in minor units; null if nothing was, or if it is no amount. */
export function countedOf(name) {
  const { isOne, counts, other, isWrong } = tallyOf(name);
  if (isWrong) return null;
  return isOne ? other : drawerSum(counts, other);
}
