// Which screen stands in front of whom.
import { html, useEffect, useErrorBoundary } from "./ui.js";
import { catalog } from "./core/catalog.js";
import { isRevoked, lock, person, register } from "./core/session.js";
import { Bar } from "./parts/bar.js";
import { Notices } from "./parts/notices.js";
import { enrolment, go, route } from "./route.js";
import { Broken } from "./screens/broken.js";
import { Done } from "./screens/done.js";
import { Enrol } from "./screens/enrol.js";
import { Order } from "./screens/order.js";
import { Orders } from "./screens/orders.js";
import { Pay } from "./screens/pay.js";
import { People } from "./screens/people.js";
import { Phone } from "./screens/phone.js";
import { Queue } from "./screens/queue.js";
import { Report } from "./screens/report.js";
import { Sell } from "./screens/sell.js";
import { Settings } from "./screens/settings.js";
import { Shift } from "./screens/shift.js";
import { Waiting } from "./screens/waiting.js";

const LOCK_AFTER_MS = 5 * 60_000;
const SCREENS = {
  "": Phone, sell: Sell, pay: Pay, done: Done, orders: Orders, order: Order, queue: Queue, settings: Settings, shift: Shift, report: Report,
};

/** The whole tablet. */
export function App() {
  useAutoLock();
  const [error, reset] = useErrorBoundary(reportError);
  if (error) return html`<${Broken} tryAgain=${() => { go(""); reset(); }} />`;
  if (!register.value || isRevoked.value || enrolment.value) return html`<${Enrol} key=${enrolment.value?.code} />`;
  if (!catalog.value) return html`<${Waiting} />`;
  if (!person.value) return html`<${People} />`;
  const Screen = SCREENS[route.value.screen] ?? Phone;
  return html`<${Bar} /><${Notices} /><main class="screen"><${Screen} key=${route.value.screen + route.value.id} id=${route.value.id} /></main>`;
}

function useAutoLock() {
  useEffect(() => {
    let timer;
    const touch = () => {
      clearTimeout(timer);
      timer = setTimeout(lock, LOCK_AFTER_MS);
    };
    const signs = ["pointerdown", "keydown"];
    signs.forEach((sign) => window.addEventListener(sign, touch));
    touch();
    return () => {
      clearTimeout(timer);
      signs.forEach((sign) => window.removeEventListener(sign, touch));
    };
  }, []);
}
