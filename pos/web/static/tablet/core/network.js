// Whether the server can be reached: by what came of the last request, and by what the device says of its network.
import { signal } from "../ui.js";

export const isOnline = signal(navigator.onLine);

/** Something came back. */
export function heard() {
  isOnline.value = true;
}

/** Nothing came back. */
export function unheard() {
  isOnline.value = false;
}

/** Calls `again` when the device says that its network is back; it may be wrong, so whoever is called just tries. */
export function whenBack(again) {
  window.addEventListener("online", again);
}

window.addEventListener("offline", unheard);
