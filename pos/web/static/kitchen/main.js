// Boots the kitchen's screen: what the device remembers first, so that it stands without network, then what is new.
import { computed, html, render } from "../tablet/ui.js";
import { askToStay, kept } from "../tablet/core/base.js";
import { install } from "../tablet/core/install.js";
import * as outbox from "../tablet/core/outbox.js";
import * as session from "../tablet/core/session.js";
import { NothingIsKept } from "../tablet/screens/broken.js";
import { App } from "./app.js";
import { stayAwake } from "./core/awake.js";
import * as board from "./core/board.js";
import * as choices from "./core/choices.js";
import * as sound from "./core/sound.js";
import * as taps from "./core/taps.js";
import { language } from "./words/index.js";

// A new version comes while nothing is on its way; the tickets stand there again in a moment.
const isIdle = computed(() => taps.waiting.value.length === 0);

async function boot() {
  await remember();
  show(App);
  install("/kitchen", isIdle);
  sound.start();
  stayAwake();
  await askToStay();
}

async function remember() {
  try {
    await session.restore();
    await Promise.all([choices.restore(), outbox.reload()]);
    language.value = (await kept("language")) ?? language.value;
    await taps.start(board.look);
    await board.start();
  } catch (error) {
    show(NothingIsKept);
    throw error;
  }
}

function show(Screen) {
  render(html`<${Screen} />`, document.getElementById("kitchen"));
}

// A key that is held down is one tap.
window.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter") event.preventDefault();
});

boot();
