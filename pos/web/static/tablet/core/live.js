// What is shown and may change elsewhere is asked for again and again, with the tag of what is known: an unchanged thing costs
// the server next to nothing, and no request waits. A screen that nobody looks at does not ask.
import { useEffect, useSignal } from "../ui.js";
import { call, NoAnswer, Refusal } from "./api.js";

/**
 * Asks for `path` every so many seconds until the function that it gives is called; `onAnswer({body, etag})` hears of each answer, whose
 * body is null if nothing is new, `onTrouble(error)` of a Refusal or NoAnswer. `known` is the tag of what is known already; the other options
 * are those of `call`.
 */
export function watch(path, seconds, onAnswer, onTrouble, { known, ...options } = {}) {
  let timer, isOver = false;
  const look = async () => {
    if (document.visibilityState === "visible") await ask();
    if (!isOver) timer = setTimeout(look, seconds * 1000);
  };
  const ask = async () => {
    try {
      const answer = await call("GET", path, { ...options, known });
      known = answer.etag;
      if (!isOver) onAnswer(answer);
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
      if (!isOver) onTrouble(error);
    }
  };
  look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/**
 * What `path` answers, kept fresh while the screen is there: a signal of `{body, etag, at, isStale, refusal}`; `at` is when the server last
 * answered, `isStale` says that it has not since, and by `refusal` why, if it said so. No path, no asking. Another `turn` asks at once,
 * and what an earlier question still brings does not count any more. `asPerson` as of `call`.
 */
export function useLive(path, seconds, turn = 0, { asPerson = true } = {}) {
  const seen = useSignal({});
  useEffect(() => {
    if (!path) return undefined;
    const onAnswer = ({ body, etag }) => { seen.value = { body: body ?? seen.value.body, etag, at: Date.now() }; };
    const onTrouble = (error) => { seen.value = { ...seen.value, isStale: true, refusal: error instanceof Refusal ? error : undefined }; };
    return watch(path, seconds, onAnswer, onTrouble, { asPerson });
  }, [path, seconds, turn, asPerson]);
  return seen;
}
