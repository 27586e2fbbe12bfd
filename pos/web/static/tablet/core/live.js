// What is shown and may change elsewhere is asked for again and again, with the tag of what is known: an unchanged thing costs
// the server next to nothing, and no request waits. A screen that nobody looks at does not ask.
import { useEffect, useSignal } from "../ui.js";
import { call, NoAnswer, Refusal } from "./api.js";

/**
 * Asks for `path` every so many seconds until the function that it gives is called; `onNews({body, etag})` hears of what is new,
 * `onRefusal(refusal)` of a no.
 */
export function watch(path, seconds, onNews, onRefusal = () => {}) {
  let known, timer, isOver = false;
  const look = async () => {
    if (document.visibilityState === "visible") await ask();
    if (!isOver) timer = setTimeout(look, seconds * 1000);
  };
  const ask = async () => {
    try {
      const answer = await call("GET", path, { known });
      known = answer.etag;
      if (answer.body && !isOver) onNews(answer);
    } catch (error) {
      if (error instanceof Refusal && !isOver) onRefusal(error);
      else if (!(error instanceof NoAnswer || error instanceof Refusal)) throw error;
    }
  };
  look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/**
 * What `path` answers, kept fresh while the screen is there: a signal of `{body, etag, refusal}`. No path, no asking. Another `turn` asks
 * at once, and what an earlier question still brings does not count any more.
 */
export function useLive(path, seconds, turn = 0) {
  const seen = useSignal({});
  useEffect(() => {
    if (!path) return undefined;
    return watch(path, seconds, (answer) => { seen.value = answer; }, (refusal) => { seen.value = { ...seen.value, refusal }; });
  }, [path, seconds, turn]);
  return seen;
}
