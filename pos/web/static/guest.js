/**
 * Keeps an order's page as the books have it while something of the order is awaited: asks for the page again, and puts
 * in what has changed. Without this module the page refreshes itself (noscript in order.html).
 */
const EVERY_MS = 3000;
const AT_MOST_MS = 20 * 60 * 1000;

const begun = Date.now();
const address = new URL(location.href);
let looks = Number(address.searchParams.get("n")) || 0;
let timer = 0;

const page = () => document.querySelector("main");
/** While something is awaited, the page names its version. */
const isLive = () => page().dataset.version !== undefined;

/** Back from the card page, each look counts: after a minute or so the server offers to pay again. */
function nextAddress() {
  if (address.searchParams.get("from") === "stripe") {
    looks += 1;
    address.searchParams.set("n", String(looks));
  }
  return address;
}

async function look() {
  try {
    const headers = { "If-None-Match": `"${page().dataset.version}"` };
    const answer = await fetch(nextAddress(), { headers, cache: "no-store" });
    if (answer.status === 200) show(await answer.text());
  } catch {
    // No network for a moment: the next look may have one.
  }
  wait();
}

function wait() {
  clearTimeout(timer);
  if (document.hidden || !isLive()) return;
  const isOver = Date.now() - begun > AT_MOST_MS;
  document.getElementById("stale").hidden = !isOver;
  if (!isOver) timer = setTimeout(look, EVERY_MS);
}

/** Puts in the main part of another page, and leaves focus and what was typed where they were. */
function show(text) {
  const next = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  if (!next) return;
  const was = page();
  const focused = was.contains(document.activeElement) ? document.activeElement : null;
  const before = news(was);
  for (const field of was.querySelectorAll("input[id]")) keepTyped(field, next);
  was.replaceWith(next);
  if (focused) focusAgain(focused, next);
  if (news(next) !== before) document.getElementById("news").textContent = news(next);
}

function keepTyped(field, next) {
  const same = next.querySelector(`#${field.id}`);
  if (same && field.value !== field.defaultValue) same.value = field.value;
}

/** The same part again; the heading, if it is gone. */
function focusAgain(focused, next) {
  const same = (focused.id && next.querySelector(`#${focused.id}`)) || next.querySelector("h1");
  same.focus({ preventScroll: true });
  if (same.tagName === "INPUT") same.setSelectionRange(focused.selectionStart, focused.selectionEnd);
}

/** What is worth being said aloud. */
function news(main) {
  return [...main.querySelectorAll("[data-news]")].map((part) => part.textContent.trim()).join(" ");
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden && isLive()) look();
});
wait();
