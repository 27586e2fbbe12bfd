// Which register this device is, who stands at it, and the lock. A person who has signed in here before can unlock it without
// network: the device keeps a slow hash of the PIN for that, which opens this screen and nothing on the server.
import { batch, computed, signal } from "../ui.js";
import { call, NoAnswer } from "./api.js";
import { forget, keep, keepIfThereIsRoom, kept } from "./base.js";
import { hex } from "./keys.js";

const ROUNDS = 600_000;
const OFFLINE_TRIES = 5;
const PIN = "pin:";
const PIN_HOLDS_MS = 7 * 24 * 60 * 60_000;
// Whoever takes the device apart finds a PIN of four digits from its hash in minutes. A cashier's opens no more than the screen; a
// manager's approves refunds at the server.
const SAFE_LENGTH = 6;

/** `{token, id, name, store}`, or null on a device that is none. */
export const register = signal(null);
/** Who is signed in: `{id, name, role, token}`; the token is undefined of who unlocked without network. */
export const person = signal(null);
/** The server does not know this register any more. */
export const isRevoked = signal(false);
export const isManager = computed(() => ["manager", "owner"].includes(person.value?.role));

// Windows of one device are one register.
const windows = new BroadcastChannel("register");
windows.onmessage = async () => become(await kept("register"));

export class WrongPin extends Error {}

/** Nobody can unlock like that without network; `why` is "not_secure", "too_many_tries", "manager" or "unknown". */
export class OnlyWithNetwork extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** Reads what the device remembers of itself. */
export async function restore() {
  register.value = (await kept("register")) ?? null;
  await forgetOldPins();
}

/** Makes this device a register by its enrolment code. Throws Refusal, NoAnswer. */
export async function enrol(store, code) {
  const { body } = await call("POST", "/register/enrol", { body: { store, code }, asPerson: false });
  const enrolled = { token: body.token, id: body.register.id, name: body.register.name, store };
  await keep("register", enrolled);
  become(enrolled);
  windows.postMessage("changed");
}

function become(enrolled) {
  batch(() => {
    register.value = enrolled;
    person.value = null;
    isRevoked.value = false;
  });
}

/** Signs somebody in by PIN: at the server, or without it (no network, or it is broken) by what this device remembers. Throws Refusal, WrongPin, OnlyWithNetwork. */
export async function signIn(who, pin) {
  try {
    const { body } = await call("POST", "/register/sign-in", { body: { user_id: who.id, pin }, asPerson: false });
    person.value = { id: who.id, name: body.name, role: body.role, token: body.user_token };
    await remember(person.value, pin);
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

/**
 * The server does not know the register. What waits in the outbox stays; what whoever found the device could use goes. The token is worth
 * nothing then, and stays: a store that was only closed for a while knows it again. Another window may have made it a register anew.
 */
export async function revoked() {
  const known = await kept("register");
  if (known && known.token !== register.value?.token) return become(known);
  batch(() => {
    isRevoked.value = true;
    person.value = null;
  });
  return forget((name) => name.startsWith(PIN) || name === "catalog");
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
  await forgetOldPins();
  if (isManager.value && pin.length < SAFE_LENGTH) return keep(nameOf(who), undefined);
  if (!crypto.subtle) return undefined;
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return keepIfThereIsRoom(nameOf(who), { salt, hash: await slowHash(pin, salt), tries: 0, at: Date.now() });
}

function forgetOldPins() {
  return forget((name, value) => name.startsWith(PIN) && !holds(value));
}

function holds({ at }) {
  return Date.now() - at < PIN_HOLDS_MS;
}

async function unlockAlone(who, pin) {
  const known = await kept(nameOf(who));
  const why = whyNot(who, known);
  if (why) throw new OnlyWithNetwork(why);
  await keep(nameOf(who), { ...known, tries: known.tries + 1 });
  if ((await slowHash(pin, known.salt)) !== known.hash) throw new WrongPin();
  await keep(nameOf(who), { ...known, tries: 0 });
}

function whyNot(who, known) {
  if (!crypto.subtle) return "not_secure";
  if (!known || !holds(known)) return who.role === "cashier" ? "unknown" : "manager";
  return known.tries >= OFFLINE_TRIES ? "too_many_tries" : null;
}

function nameOf(who) {
  return PIN + who.id;
}

async function slowHash(pin, salt) {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, secret, 256);
  return hex(new Uint8Array(bits));
}
