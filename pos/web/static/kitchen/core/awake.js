// Keeps the device's screen lit while the tickets are in front, where the browser can do that.

/** Asks for it now, and whenever the page comes to the front again: the browser takes it away with the page. */
export function stayAwake() {
  if (!navigator.wakeLock) return;
  const ask = () => {
    // Refused with a battery that is low, or behind another window.
    if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
