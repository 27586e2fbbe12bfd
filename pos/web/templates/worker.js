// Keeps the app's files on the device, all of one version, so that it starts without network. Data is not its business: what waits
// to be sent lies in IndexedDB (tablet/core/outbox.js, kitchen/core/taps.js), and requests to the API pass it by.
const APP = "{{ app.name }}-";
const KEPT = `${APP}{{ version }}`;
const PICTURES = "/_images/";
const MOST_PICTURES = 500;
// [media type, SHA-256] of each, as the server has it.
const FILES = new Map(Object.entries({{ files | tojson }}));

self.addEventListener("install", (event) => event.waitUntil(keepAll()));

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
  if (FILES.has(pathname)) event.respondWith(kept(pathname, event.request));
  else if (pathname.startsWith(PICTURES)) event.respondWith(picture(event));
});

async function kept(pathname, request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(pathname)) ?? fetch(request);
}

// An address of a picture says what is in it, so what was once shown never has to be asked for again.
async function picture(event) {
  const cache = await caches.open("pictures");
  const known = await cache.match(event.request);
  if (known) return known;
  const response = await fetch(event.request);
  const isOurs = response.ok && response.headers.get("Content-Type") === "image/webp";
  if (isOurs) event.waitUntil(keepPicture(cache, event.request, response.clone()));
  return response;
}

async function keepPicture(cache, request, response) {
  await cache.put(request, response);
  const shown = await cache.keys();
  await Promise.all(shown.slice(0, -MOST_PICTURES).map((oldest) => cache.delete(oldest)));
}

async function keepAll() {
  const fetched = await Promise.all([...FILES].map(async ([address, file]) => [address, await asTheServerHasIt(address, file)]));
  const cache = await caches.open(KEPT);
  return Promise.all(fetched.map(([address, response]) => cache.put(address, response)));
}

// Between us and the server may stand a tunnel's notice or a hotel's sign-in page, which answer 200 too. Whatever is not the file itself
// fails the installation, and the page tries it again.
async function asTheServerHasIt(address, [type, digest]) {
  const response = await fetch(address, { cache: "reload", redirect: "error", integrity: `sha256-${digest}` });
  const came = response.headers.get("Content-Type") ?? "";
  if (!response.ok || came.split(";")[0] !== type) throw new TypeError(`${address} came as ${response.status} ${came}`);
  return response;
}

async function forgetOlder() {
  const names = await caches.keys();
  return Promise.all(names.filter((name) => name.startsWith(APP) && name !== KEPT).map((name) => caches.delete(name)));
}
