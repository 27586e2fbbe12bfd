// The one way to the server. An answer is an answer, a refusal says why, and no answer is no news of what became of it.
import { heard, unheard } from "./network.js";
import { endPerson, personToken, register } from "./session.js";
import { language } from "../words/index.js";

const PREFIX = "/api/v1";
const PATIENCE_MS = 10_000;
export const PERSON_IS_GONE = "user-token-expired";

/** The server said no. `slug` names the rule (docs/problems.md), `detail` says what to do. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.slug = problem.type.replace("/problems/", "");
    this.problem = problem;
  }
}

/** Nothing came back: it may have happened or not. Whoever repeats it sends the same key. */
export class NoAnswer extends Error {}

/**
 * Calls the API and gives `{status, body, etag, date}`; the body of a 304 is null.
 *
 * Options: `body`, `key` (Idempotency-Key), `seen` (If-Match), `known` (If-None-Match), `approval` (a manager's token), `asPerson` (false: as
 * the register alone). Throws Refusal or NoAnswer; an answer of the server's own failure (5xx, 429) is a Refusal with that status.
 */
export async function call(method, path, options = {}) {
  const { response, body } = await answered(method, path, options);
  const date = response.headers.get("Date");
  if (response.status === 304) return { status: 304, body: null, etag: options.known, date };
  if (!response.ok) throw refusal(response.status, body);
  return { status: response.status, body, etag: response.headers.get("ETag"), date };
}

// Whoever stood here has to sign in again, whatever was asked for.
function refusal(status, problem) {
  const refused = new Refusal(status, problem);
  if (refused.slug === PERSON_IS_GONE) endPerson();
  return refused;
}

async function answered(method, path, options) {
  try {
    const response = await fetch(PREFIX + path, request(method, options));
    const body = await read(response);
    heard();
    return { response, body };
  } catch (error) {
    unheard();
    throw new NoAnswer(String(error));
  }
}

function request(method, { body, patience = PATIENCE_MS, ...options }) {
  const sent = { method, headers: headers(options), signal: AbortSignal.timeout(patience), cache: "no-store", credentials: "omit" };
  if (body === undefined) return sent;
  sent.headers["Content-Type"] = "application/json";
  sent.body = JSON.stringify(body);
  return sent;
}

function headers({ key, seen, known, approval, asPerson = true }) {
  const token = register.value?.token;
  const all = {
    "Accept-Language": language.value,
    "X-Sent-At": new Date().toISOString(),
    Authorization: token && `Bearer ${token}`,
    "X-User-Token": asPerson ? personToken() : undefined,
    "Idempotency-Key": key,
    "If-Match": seen,
    "If-None-Match": known,
    "X-Approval-Token": approval,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

// Between us and the server may stand a proxy, a tunnel, a hotel's sign-in page. What is no JSON, and a no that names none of our
// rules, comes from there: it tells nothing of what became of the request.
async function read(response) {
  if (response.status === 204 || response.status === 304) return null;
  const body = await response.json();
  if (!response.ok && !body?.type?.startsWith("/problems/")) throw new Error(`HTTP ${response.status}`);
  return body;
}
