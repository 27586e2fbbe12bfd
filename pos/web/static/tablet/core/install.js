// The service worker, without which the tablet does not start when there is no network. Browsers allow it on https and on the device
// itself only; docs/tablets.md says what a shop does about that.
import { effect, signal } from "../ui.js";
import { basket, isEmpty } from "./basket.js";
import { person } from "./session.js";

const LOOK_EVERY_MS = 30 * 60_000;

/** Whether the tablet will start without network: null while it is not known. */
export const startsAlone = signal(null);
const waitingWorker = signal(null);

/** Keeps the tablet's files on the device, and takes a new version when nobody is in the middle of a sale. */
export async function install() {
  if (!navigator.serviceWorker) {
    startsAlone.value = false;
    return;
  }
  const hadOne = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => hadOne && location.reload());
  try {
    const worker = await navigator.serviceWorker.register("/tablet/worker.js", { scope: "/tablet" });
    follow(worker);
    await navigator.serviceWorker.ready;
    startsAlone.value = true;
    setInterval(() => worker.update().catch(() => {}), LOOK_EVERY_MS);
  } catch {
    startsAlone.value = Boolean(navigator.serviceWorker.controller);
  }
}

function follow(worker) {
  const look = () => { waitingWorker.value = navigator.serviceWorker.controller ? worker.waiting : null; };
  worker.addEventListener("updatefound", () => worker.installing?.addEventListener("statechange", look));
  look();
}

effect(() => {
  const isIdle = isEmpty.value && !basket.value.customer.phone && !person.value;
  if (waitingWorker.value && isIdle) waitingWorker.value.postMessage("take over");
});
