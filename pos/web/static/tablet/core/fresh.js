// Keeps the catalogue fresh, which is also how a tablet without anything to send finds out that its network is back.
import { sync } from "./catalog.js";
import { isOnline, whenBack } from "./network.js";
import { hurry } from "./sender.js";
import { register } from "./session.js";

const EVERY_MS = 15_000;
const WHILE_OFFLINE_MS = 3_000;

/** Looks again and again whether there is something new, now, when the network is back, and whenever the register changes. */
export function keepFresh() {
  let timer;
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(look, isOnline.value ? EVERY_MS : WHILE_OFFLINE_MS);
  };
  const look = async () => {
    clearTimeout(timer);
    const wasOnline = isOnline.value;
    try {
      if (register.value && document.visibilityState === "visible") await sync();
      if (!wasOnline && isOnline.value) hurry();
    } finally {
      plan();
    }
  };
  register.subscribe(look);
  isOnline.subscribe(plan);
  whenBack(look);
}
