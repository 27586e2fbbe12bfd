// The tickets: asked for every second, kept on the device, shown with what was tapped here and has not come back yet.
import { batch, computed, effect, signal } from "../../tablet/ui.js";
import { NoAnswer } from "../../tablet/core/api.js";
import { watch } from "../../tablet/core/live.js";
import { isOnline, whenBack } from "../../tablet/core/network.js";
import { isRevoked, recognised, register, revoked } from "../../tablet/core/session.js";
import { boardOf } from "../rules/making.js";
import { newsOf } from "../rules/news.js";
import { keep, kept } from "./base.js";
import { station } from "./choices.js";
import { instant, setBy } from "./clock.js";
import { play } from "./sound.js";
import { ahead, sentNumbers, shown } from "./taps.js";

const EVERY_SECONDS = 1;
// A network that swallows everything is noticed after that.
const PATIENCE_MS = 5_000;
// A store that was closed for a while may open again.
const WHILE_REVOKED_SECONDS = 15;

/** The answer of GET /kitchen for what is asked for, `{of, etag, body}`; null before the first one. */
const known = signal(null);
// Another register, or another station, has other tickets.
const asked = computed(() => `${register.value?.id}/${station.value}`);
/** Since when nothing has come from the server (ISO text), or null; `trouble` is the Refusal, if it said why. */
export const lostSince = signal(null);
export const trouble = signal(null);

/** What the server told last of the kitchen: the location, the stations, the minutes. Null before the first answer. */
export const kitchen = signal(null);
/** `{tickets, recent}` as they stand here; null while they are not known. */
export const board = computed(() => known.value && boardOf(known.value.body, ahead.value));

let stop = () => {};
let heardAt = null;

/** Reads what the device keeps, and asks from then on. */
export async function start() {
  const last = await kept("answer");
  if (last?.of === asked.value) tell(last);
  lostSince.value = (await kept("lost")) ?? null;
  asked.subscribe((of) => {
    if (known.value?.of !== of) known.value = null;
    look();
  });
  isRevoked.subscribe(look);
  effect(() => {
    if (!isOnline.value) lose(null);
  });
  whenBack(look);
  document.addEventListener("visibilitychange", look);
}

/** Asks now, and every second from now on. What an earlier question still brings does not count any more. */
export function look() {
  stop();
  if (!register.value) return;
  // What has its answer by now is in whatever is answered from now on.
  const [of, sent, seconds] = [asked.value, sentNumbers(), isRevoked.value ? WHILE_REVOKED_SECONDS : EVERY_SECONDS];
  const onAnswer = (answer) => {
    take(of, answer);
    shown(sent);
  };
  stop = watch(`/kitchen${station.value && `?station_id=${station.value}`}`, seconds, onAnswer, fail, { known: known.value?.etag, patience: PATIENCE_MS });
}

function take(of, { body, etag, date }) {
  setBy(date);
  recognised();
  find();
  if (!body) return;
  const news = newsOf(known.value?.body, body);
  tell({ of, etag, body });
  if (!isThere(body)) station.value = "";
  keep("answer", known.value);
  if (news.isVoid) play("void");
  else if (news.isNew) play("new");
}

// The station may have been closed.
function isThere({ stations }) {
  return ["", "none", ...stations.map(({ id }) => id)].includes(station.value);
}

function tell(answer) {
  batch(() => {
    known.value = answer;
    kitchen.value = answer.body;
  });
}

async function fail(error) {
  if (error.status === 401) return revoked();
  return lose(error instanceof NoAnswer ? null : error);
}

function lose(refusal) {
  trouble.value = refusal;
  if (lostSince.value) return;
  lostSince.value = heardAt ?? instant();
  keep("lost", lostSince.value);
}

function find() {
  heardAt = instant();
  trouble.value = null;
  if (!lostSince.value) return;
  lostSince.value = null;
  keep("lost", null);
}
