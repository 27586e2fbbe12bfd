// What whoever stands at this screen has chosen; kept on the device.
import { effect, signal } from "../../tablet/ui.js";
import { keep, kept } from "./base.js";

/** The station that is shown: its id, "none" for everything that has no station, "" for all. */
export const station = signal("");
/** Whether sounds are wanted. */
export const wantsSound = signal(true);
/** How large everything is: "normal", "large", "larger". */
export const size = signal("normal");
export const SIZES = ["normal", "large", "larger"];

const KEPT = { station, sound: wantsSound, size };

/** Reads what was chosen; from then on each change is kept. */
export async function restore() {
  for (const [name, choice] of Object.entries(KEPT)) {
    choice.value = (await kept(name)) ?? choice.value;
    choice.subscribe((value) => keep(name, value));
  }
}

effect(() => {
  document.documentElement.classList.remove(...SIZES);
  document.documentElement.classList.add(size.value);
});
