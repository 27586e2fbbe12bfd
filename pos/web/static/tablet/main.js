// Boots the tablet: what the device remembers first, so that it stands without network, then what is new.
import { computed, html, render } from "./ui.js";
import { App } from "./app.js";
import { askToStay, kept } from "./core/base.js";
import { basket, isEmpty } from "./core/basket.js";
import * as catalog from "./core/catalog.js";
import * as outbox from "./core/outbox.js";
import * as sender from "./core/sender.js";
import * as session from "./core/session.js";
import { keepFresh } from "./core/fresh.js";
import { install } from "./core/install.js";
import { forgetSold } from "./core/sale.js";
import { NothingIsKept } from "./screens/broken.js";
import { language } from "./words/index.js";

// Between customers, and while nobody is signed in.
const isIdle = computed(() => isEmpty.value && !basket.value.customer.phone && !session.person.value);

async function boot() {
  await remember();
  show(App);
  install("/tablet", isIdle);
  keepFresh();
  sender.start();
  await askToStay();
}

async function remember() {
  try {
    await session.restore();
    await Promise.all([catalog.restore(), outbox.reload()]);
    language.value = (await kept("language")) ?? language.value;
    forgetSold();
  } catch (error) {
    show(NothingIsKept);
    throw error;
  }
}

function show(Screen) {
  render(html`<${Screen} />`, document.getElementById("tablet"));
}

boot();
