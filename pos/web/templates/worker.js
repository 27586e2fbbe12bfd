// Keeps the tablet's files on the device, all of one version, so that it starts without network. Data is not its business:
// sales wait in IndexedDB (tablet/core/outbox.js), and requests to the API pass it by.
const KEPT = "tablet-{{ version }}";
const SHELL = {{ shell | tojson }};
const ASSETS = new Set({{ assets | tojson }});

self.addEventListener("install", (event) => {
  const fresh = [SHELL, ...ASSETS].map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(fresh)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

// The page asks for it when nobody is in the middle of a sale.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname === SHELL || ASSETS.has(pathname)) event.respondWith(kept(pathname, event.request));
});

async function kept(pathname, request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(pathname)) ?? fetch(request);
}

async function forgetOlder() {
  const names = await caches.keys();
  return Promise.all(names.filter((name) => name.startsWith("tablet-") && name !== KEPT).map((name) => caches.delete(name)));
}
