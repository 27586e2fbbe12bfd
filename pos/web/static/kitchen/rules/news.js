// What is new since the screen last looked, so that somebody who does not look hears of it: pure.

import { leastOf } from "./making.js";

/**
 * `{isNew, isVoid}` of two answers of GET /kitchen, one after the other: whether more is to be made, and whether something is not to be made
 * any more. Of a first answer nothing is new.
 */
export function newsOf(before, now) {
  if (!before) return { isNew: false, isVoid: false };
  const known = new Map([...before.tickets, ...before.recent].map((ticket) => [ticket.key, ticket]));
  return { isNew: now.tickets.some((ticket) => isMore(known.get(ticket.key), ticket)), isVoid: now.tickets.some((ticket) => isLess(known.get(ticket.key), ticket)) };
}

// What was recalled elsewhere is nothing that somebody would have to make.
function isMore(before, { lines }) {
  if (!before) return leastOf(lines) === "waiting";
  return units(lines, (part) => part.status !== "void") > units(before.lines, (part) => part.status !== "void");
}

function isLess(before, { lines }) {
  return units(lines, (part) => part.status === "void") > units(before?.lines ?? [], (part) => part.status === "void");
}

function units(parts, counts) {
  return parts.filter(counts).reduce((sum, part) => sum + part.quantity, 0);
}
