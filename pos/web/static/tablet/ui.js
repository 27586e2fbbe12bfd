// What every screen is written with: Preact by htm's templates, and signals. Where a file of the packages lies stands here only.
import { h, render } from "../vendor/preact/preact.mjs";
import htm from "../vendor/htm/htm.mjs";

export const html = htm.bind(h);
export { render };
export { useCallback, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.mjs";
export { batch, computed, effect, signal, useComputed, useSignal } from "../vendor/preact/signals.mjs";
