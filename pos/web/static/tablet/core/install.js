// The service worker, without which the app does not start when there is no network. Browsers allow it on https and on the device
// itself only; docs/tablets.md says what a shop does about that.
import { effect, signal } from "../ui.js";

const LOOK_EVERY_MS = 30 * 60_000;
const TRY_AGAIN_MS = 60_000;

/** Whether this app will start without network: null while it is not known. */
export const startsAlone = signal(null);
const waitingWorker = signal(null);

/**
 * Keeps the files of the app at `address` (/tablet, /kitchen) on the device, and takes a new version when `isIdle` (a signal) says that
 * nobody is in the middle of something.
 */
export function install(address, isIdle) {
  if (!navigator.serviceWorker) {
    startsAlone.value = false;
    return;
  }
  const hadOne = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => hadOne && location.reload());
  navigator.serviceWorker.ready.then(() => { startsAlone.value = true; });
  effect(() => {
    if (waitingWorker.value && isIdle.value) waitingWorker.value.postMessage("take over");
  });
  look(address);
}

// Again and again, and sooner where its files did not come as the server has them.
async function look(address) {
  const isWhole = await fetchWorker(address).catch(isImpossible);
  setTimeout(() => look(address), isWhole ? LOOK_EVERY_MS : TRY_AGAIN_MS);
}

/** Has the browser look for a new worker; false if there is one that could not be installed. */
async function fetchWorker(address) {
  const registration = await navigator.serviceWorker.register(`${address}/worker.js`, { scope: address, updateViaCache: "none" });
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
