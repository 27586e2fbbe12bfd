// Which register this device is, who stands at it, and the lock. A person who has signed in here before can unlock it without
// network: the device keeps a slow hash of the PIN for that, which opens this screen and nothing on the server.
import { computed, signal } from "../ui.js";
import { call, NoAnswer } from "./api.js";
import { keep, keepIfThereIsRoom, kept } from "./base.js";
import { hex } from "./keys.js";

const ROUNDS = 600_000;
const OFFLINE_TRIES = 5;

/** `{token, id, name, store}`, or null on a device that is none. */
export const register = signal(null);
/** Who is signed in: `{id, name, role, token}`; the token is undefined of who unlocked without network. */
export const person = signal(null);
/** The server does not know this register any more. */
export const isRevoked = signal(false);
export const isManager = computed(() => ["manager", "owner"].includes(person.value?.role));

export class WrongPin extends Error {}
export class UnknownHere extends Error {}

/** Reads what the device remembers of itself. */
export async function restore() {
  register.value = (await kept("register")) ?? null;
}

/** Makes this device a register by its enrolment code. Throws Refusal, NoAnswer. */
export async function enrol(store, code) {
  const { body } = await call("POST", "/register/enrol", { body: { store, code }, asPerson: false });
  register.value = { token: body.token, id: body.register.id, name: body.register.name, store };
  person.value = null;
  isRevoked.value = false;
  await keep("register", register.value);
}

/** Signs somebody in by PIN: at the server, or without it (no network, or it is broken) by what this device remembers. Throws Refusal, WrongPin, UnknownHere. */
export async function signIn(who, pin) {
  try {
    const { body } = await call("POST", "/register/sign-in", { body: { user_id: who.id, pin }, asPerson: false });
    person.value = { id: who.id, name: body.name, role: body.role, token: body.user_token };
    await remember(who, pin);
  } catch (error) {
    if (!(error instanceof NoAnswer || error.status >= 500)) throw error;
    await unlockAlone(who, pin);
    person.value = { id: who.id, name: who.name, role: who.role };
  }
}

/** Locks the screen; what is in the basket stays. */
export function lock() {
  person.value = null;
}

export function personToken() {
  return person.value?.token;
}

/** The person's token has run out: from the next sale on somebody has to sign in. */
export function endPerson() {
  person.value = null;
}

/** The server does not know the register; what waits in the outbox stays. Another window may have made it a register anew. */
export async function revoked() {
  const known = await kept("register");
  if (known && known.token !== register.value?.token) register.value = known;
  else isRevoked.value = true;
}

/** The server knows the register, maybe again: a store that was closed for a while has opened. */
export function recognised() {
  isRevoked.value = false;
}

/** A manager's word for one act: the token of whoever gives the PIN. Throws Refusal, NoAnswer. */
export async function approve(userId, pin) {
  const { body } = await call("POST", "/register/approvals", { body: { user_id: userId, pin } });
  return body.approval_token;
}

async function remember(who, pin) {
  if (!crypto.subtle) return;
  const salt = crypto.getRandomValues(new Uint8Array(16));
  await keepIfThereIsRoom(nameOf(who), { salt, hash: await slowHash(pin, salt), tries: 0 });
}

async function unlockAlone(who, pin) {
  const known = await kept(nameOf(who));
  if (!known || !crypto.subtle || known.tries >= OFFLINE_TRIES) throw new UnknownHere();
  await keep(nameOf(who), { ...known, tries: known.tries + 1 });
  if ((await slowHash(pin, known.salt)) !== known.hash) throw new WrongPin();
  await keep(nameOf(who), { ...known, tries: 0 });
}

function nameOf(who) {
  return `pin:${who.id}`;
}

async function slowHash(pin, salt) {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, secret, 256);
  return hex(new Uint8Array(bits));
}
