// Boots the tablet: what the device remembers first, so that it stands without network, then what is new.
import { html, render } from "./ui.js";
import { App } from "./app.js";
import { askToStay, kept } from "./core/base.js";
import * as catalog from "./core/catalog.js";
import * as sender from "./core/sender.js";
import * as session from "./core/session.js";
import { keepFresh } from "./core/fresh.js";
import { install } from "./core/install.js";
import { language } from "./words/index.js";

async function boot() {
  await Promise.all([session.restore(), catalog.restore()]);
  language.value = (await kept("language")) ?? language.value;
  render(html`<${App} />`, document.getElementById("tablet"));
  install();
  keepFresh();
  await sender.start();
  await askToStay();
}

boot();
