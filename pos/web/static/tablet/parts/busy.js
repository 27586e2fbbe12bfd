// A button whose work takes a moment: pressed once it works once, and says what went wrong beside it.
import { useState } from "../ui.js";

/** `{run, isBusy, error}`: `run(work)` does the work unless it is being done, and keeps its error until the next try. */
export function useBusy() {
  const [state, setState] = useState({ isBusy: false, error: null });
  const run = async (work) => {
    if (state.isBusy) return;
    setState({ isBusy: true, error: null });
    try {
      await work();
      setState({ isBusy: false, error: null });
    } catch (error) {
      setState({ isBusy: false, error });
    }
  };
  return { ...state, run };
}
