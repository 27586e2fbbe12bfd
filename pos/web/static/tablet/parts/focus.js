// Puts the focus where the next thing is typed, when a screen or a dialog appears.
import { useEffect, useRef } from "../ui.js";

/** A ref for the field that shall have the focus. */
export function useFocus() {
  const field = useRef(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}
