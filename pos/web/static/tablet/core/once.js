// What is done to an order in the books happens once. An act is written down on the device with its key before it is sent, and stands
// until the server has answered it: after a lock, a reload or a dead battery it is still known what may have happened. While one stands
// nothing else is done to that order, since "another amount" would be a second act beside it.
import { signal } from "../ui.js";
import { call, Refusal } from "./api.js";
import { keepIfThereIsRoom, kept } from "./base.js";
import { newKey } from "./keys.js";

// These are said before anybody has looked for the key: they tell nothing of an earlier try.
const SAID_BEFORE = new Set([401, 403, 408, 425, 429]);

/** The acts that got no answer, by the id of their order, as far as somebody asked for them by `recall`. */
export const unanswered = signal({});

/** Something that was done to the order before has no answer yet. */
export class Unanswered extends Error {
  slug = "unanswered";
}

/** Looks on the device for what was done to this order without an answer. */
export async function recall(orderId) {
  show(orderId, await kept(nameOf(orderId)));
}

/**
 * Does something to an order: the first time, or again what got no answer. `act`: {kind, method, path, body, seen, title, known, key},
 * as of core/orders.js; `title` says what it is, a new one without a key gets one. `approval` is a manager's word.
 * Throws Refusal, NoAnswer, Unanswered.
 */
export async function once(orderId, act, approval) {
  const before = unanswered.value[orderId] ?? (await kept(nameOf(orderId)));
  if (before && before.key !== act.key) {
    show(orderId, before);
    throw new Unanswered();
  }
  const mine = { key: newKey(), ...act };
  await keepIfThereIsRoom(nameOf(orderId), mine);
  try {
    const answer = await call(mine.method, mine.path, { body: mine.body, key: mine.key, seen: mine.seen, approval });
    await settle(orderId);
    return answer;
  } catch (error) {
    if (isAnswer(error, Boolean(before))) await settle(orderId);
    else show(orderId, mine);
    throw error;
  }
}

function isAnswer(error, isRepeated) {
  return error instanceof Refusal && error.status < 500 && !(isRepeated && SAID_BEFORE.has(error.status));
}

async function settle(orderId) {
  await keepIfThereIsRoom(nameOf(orderId), undefined);
  show(orderId, undefined);
}

function show(orderId, act) {
  unanswered.value = { ...unanswered.value, [orderId]: act };
}

function nameOf(orderId) {
  return `unanswered:${orderId}`;
}
