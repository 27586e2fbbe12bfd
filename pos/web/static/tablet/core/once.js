// What shall happen once: a key belongs to what is asked for until the server has answered it, also if its dialog was closed and opened
// again in between. After the answer the same may be wanted once more, which is another request.
import { call, NoAnswer } from "./api.js";
import { newKey } from "./keys.js";

const unanswered = new Map();

/** Calls the API with a key of its own; the options are those of `call`. Throws Refusal, NoAnswer. */
export async function once(method, path, options) {
  const what = JSON.stringify([method, path, options.body]);
  if (!unanswered.has(what)) unanswered.set(what, newKey());
  try {
    const answer = await call(method, path, { ...options, key: unanswered.get(what) });
    unanswered.delete(what);
    return answer;
  } catch (error) {
    if (!(error instanceof NoAnswer || error.status >= 500)) unanswered.delete(what);
    throw error;
  }
}
