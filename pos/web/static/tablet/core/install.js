// The service worker, without which the tablet does not start when there is no network. Browsers allow it on https and on the device
// itself only; docs/tablets.md says what a shop does about that.
import { effect, signal } from "../ui.js";
import { basket, isEmpty } from "./basket.js";
import { person } from "./session.js";

const LOOK_EVERY_MS = 30 * 60_000;
const TRY_AGAIN_MS = 60_000;

/** Whether the tablet will start without network: null while it is not known. */
export const startsAlone = signal(null);
const waitingWorker = signal(null);

/** Keeps the tablet's files on the device, and takes a new version when nobody is in the middle of a sale. */
export function install() {
  if (!navigator.serviceWorker) {
    startsAlone.value = false;
    return;
  }
  const hadOne = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => hadOne && location.reload());
  navigator.serviceWorker.ready.then(() => { startsAlone.value = true; });
  look();
}

// Again and again, and sooner where its files did not come as the server has them.
async function look() {
  const isWhole = await fetchWorker().catch(isImpossible);
  setTimeout(look, isWhole ? LOOK_EVERY_MS : TRY_AGAIN_MS);
}

/** Has the browser look for a new worker; false if there is one that could not be installed. */
async function fetchWorker() {
  const registration = await navigator.serviceWorker.register("/tablet/worker.js", { scope: "/tablet", updateViaCache: "none" });
  if (!registration.installing) await registration.update();
  const isWhole = await installed(registration.installing);
  waitingWorker.value = navigator.serviceWorker.controller ? registration.waiting : null;
  return isWhole;
}

function isImpossible() {
  startsAlone.value = Boolean(navigator.serviceWorker.controller);
  return false;
}

function installed(worker) {
  if (worker?.state !== "installing") return true;
  return new Promise((done) => worker.addEventListener("statechange", () => done(worker.state !== "redundant"), { once: true }));
}

effect(() => {
  const isIdle = isEmpty.value && !basket.value.customer.phone && !person.value;
  if (waitingWorker.value && isIdle) waitingWorker.value.postMessage("take over");
});
