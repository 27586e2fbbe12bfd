// Which screen is shown: by the address behind the #, so that the device's way back works.
import { computed, signal } from "./ui.js";

const address = signal(location.hash);
window.addEventListener("hashchange", () => { address.value = location.hash; });

/** `{screen, id}` of the address: #/orders/… → {screen: "orders", id: "…"}. */
export const route = computed(() => {
  const [, screen = "", id = ""] = address.value.match(/^#\/([a-z]*)\/?([^/]*)$/) ?? [];
  return { screen, id };
});

/** Goes to a screen. */
export function go(screen, id = "") {
  location.hash = id ? `#/${screen}/${id}` : `#/${screen}`;
}

/** `{store, code}` that a QR code of the office carries: #enrol=store.CODE. */
export const enrolment = computed(() => {
  const [, store, code] = address.value.match(/^#enrol=([a-z0-9-]+)\.([A-Za-z0-9-]+)$/) ?? [];
  return store ? { store, code } : null;
});
