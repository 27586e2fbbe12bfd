// Sounds for who does not look: two rising tones for something new, three falling ones for something that is not to be made any more. They are
// reckoned, not loaded. Browsers give no sound before somebody has touched the page.
import { signal } from "../../tablet/ui.js";
import { wantsSound } from "./choices.js";

const TUNES = { new: [[659, 0], [880, 0.18]], void: [[740, 0], [587, 0.2], [440, 0.4]] };
const TONE_SECONDS = 0.35;
const LOUDNESS = 0.4;

/** Whether the browser lets us be heard. */
export const isAudible = signal(false);

let context = null;

/** Begins at once where the browser allows that (as of an installed app), else with the first touch. */
export function start() {
  if (!window.AudioContext) return;
  if (wantsSound.value) {
    context = made();
    look();
  }
  ["click", "keydown"].forEach((sign) => window.addEventListener(sign, () => wantsSound.value && wake()));
}

/** Switches sounds on, and lets them be heard; for a click. */
export async function switchOn() {
  wantsSound.value = true;
  await wake();
  play("new");
}

export function switchOff() {
  wantsSound.value = false;
}

/** Plays "new" or "void", if sounds are wanted and allowed. */
export function play(what) {
  if (!wantsSound.value || !isAudible.value) return;
  for (const [frequency, wait] of TUNES[what]) tone(frequency, context.currentTime + wait);
}

async function wake() {
  context ??= made();
  if (context.state !== "running") await context.resume();
  look();
}

function made() {
  const audio = new AudioContext();
  audio.onstatechange = look;
  return audio;
}

function look() {
  isAudible.value = context.state === "running";
}

function tone(frequency, at) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = frequency;
  oscillator.type = "triangle";
  gain.gain.setValueAtTime(LOUDNESS, at);
  gain.gain.exponentialRampToValueAtTime(0.001, at + TONE_SECONDS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + TONE_SECONDS);
}
