// How far a ticket is, what a tap does to it, and what it looks like after that: pure. The server decides (docs/kitchen.md); this is
// what a screen shows meanwhile, with and without network.
//
// A ticket and its lines have the shape of GET /kitchen. An act is {kind: "move", order_id, from, to, lines: [{line_id, quantity}]} or
// {kind: "seen", order_id, lines: [line_id]}.

const STEPS = ["waiting", "making", "ready", "served"];
const RECALLED = "ready";

/** What the next step of something is. */
export function nextOf(status) {
  return STEPS[STEPS.indexOf(status) + 1];
}

/** What a tap on the ticket's button does: moves on all that is least advanced, or has what is void for seen; null when all is done. */
export function actOn(ticket) {
  const status = leastOf(ticket.lines);
  const parts = status ? ticket.lines.filter((part) => part.status === status) : voidsOf(ticket);
  return parts.length ? actOf(ticket, parts) : null;
}

/** What a tap on one part of a line does; null of what has been handed over. */
export function actOnPart(ticket, part) {
  return part.status === "served" ? null : actOf(ticket, [part]);
}

/** Brings back to the screen what has been handed over. */
export function recallOf(ticket) {
  const served = ticket.lines.filter((part) => part.status === "served");
  return { kind: "move", order_id: ticket.order_id, from: "served", to: RECALLED, lines: served.map(amountOf) };
}

/** What takes a move back. */
export function undoOf({ order_id, from, to, lines }) {
  return { kind: "move", order_id, from: to, to: from, lines };
}

/** How many units an act wants to move. */
export function unitsOf({ lines }) {
  return lines.reduce((sum, line) => sum + (line.quantity ?? 0), 0);
}

/**
 * The ticket as it is after the act, which was done `at` an instant; itself if the act is not about it. As on the server no more is moved
 * than is there.
 */
export function after(ticket, act, at) {
  if (ticket.order_id !== act.order_id) return ticket;
  const lines = act.kind === "seen" ? withoutVoids(ticket, act) : act.lines.reduce((parts, line) => movedLine(parts, line, act, at), ticket.lines);
  return { ...ticket, lines };
}

/**
 * What stands on the screen and what was handed over lately: `{tickets, recent}` after all acts. `answer` is of GET /kitchen, an entry of
 * `taps` has an `act` and is done `at` an instant (an ISO text).
 */
export function boardOf(answer, taps) {
  const all = withElsewhere([...answer.tickets, ...answer.recent].map((ticket) => taps.reduce((now, { act, at }) => after(now, act, at), ticket)));
  const tickets = all.filter((ticket) => !isOver(ticket)).sort(byAge);
  return { tickets, recent: all.filter((ticket) => isOver(ticket) && ticket.lines.length > 0) };
}

// What other stations are at is seen on their own tickets, where these are here, too. A ticket that is all void tells nobody to wait for it.
function withElsewhere(tickets) {
  const nameOf = ({ order_id: id, round }, station) => `${id}/${round}/${station ?? ""}`;
  const here = new Map(tickets.map((ticket) => [nameOf(ticket, ticket.station), leastOf(ticket.lines) ?? (voidsOf(ticket).length ? "void" : "served")]));
  const seen = (ticket) => ticket.elsewhere.map(({ station, status }) => ({ station, status: here.get(nameOf(ticket, station)) ?? status }));
  return tickets.map((ticket) => ({ ...ticket, elsewhere: seen(ticket).filter(({ status }) => status !== "void") }));
}

/** The least advanced status of what is still to be done: waiting, making, ready; undefined when nothing is. */
export function leastOf(parts) {
  return STEPS.slice(0, -1).find((status) => parts.some((part) => part.status === status));
}

function voidsOf(ticket) {
  return ticket.lines.filter((part) => part.status === "void");
}

function isOver(ticket) {
  return actOn(ticket) === null;
}

function actOf(ticket, parts) {
  const [{ status }] = parts;
  const about = { order_id: ticket.order_id };
  if (status === "void") return { ...about, kind: "seen", lines: [...new Set(parts.map((part) => part.line_id))] };
  return { ...about, kind: "move", from: status, to: nextOf(status), lines: parts.map(amountOf) };
}

function amountOf({ line_id, quantity }) {
  return { line_id, quantity };
}

function withoutVoids(ticket, { lines }) {
  return ticket.lines.filter((part) => part.status !== "void" || !lines.includes(part.line_id));
}

// Of the units that are at `from` as many go as were meant; they join those of the line that are at `to` already. The parts of a line stand
// in the order in which they come from the server: the least advanced first, what is void last.
function movedLine(parts, { line_id, quantity }, { from, to }, at) {
  const ofLine = parts.filter((part) => part.line_id === line_id);
  const [source, target] = [from, to].map((status) => ofLine.find((part) => part.status === status));
  if (!source) return parts;
  const moving = Math.min(quantity, source.quantity);
  const left = { ...source, quantity: source.quantity - moving };
  const moved = { ...source, ...target, status: to, quantity: moving + (target?.quantity ?? 0), ...timesOf(target ?? source, to, at) };
  const others = ofLine.filter((part) => part !== source && part !== target);
  const now = [left, moved, ...others].filter((part) => part.quantity > 0).sort((one, other) => rank(one) - rank(other));
  return parts.flatMap((part) => (part === ofLine[0] ? now : part.line_id === line_id ? [] : [part]));
}

function rank({ status }) {
  return status === "void" ? STEPS.length : STEPS.indexOf(status);
}

function timesOf(source, to, at) {
  if (to === "waiting") return { started_at: null, ready_at: null };
  if (to === "making") return { started_at: source.started_at ?? at, ready_at: null };
  return { started_at: source.started_at ?? at, ready_at: source.ready_at ?? at };
}

function byAge(one, other) {
  return one.fired_at.localeCompare(other.fired_at) || one.key.localeCompare(other.key);
}
