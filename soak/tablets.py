"""`python -m soak.tablets [--sales 200] [--kills 2] [--seed N]`: two tablets sell without network by their real screens, their browsers are
killed on the way, then all goes out while web processes are killed. Exit code 1 if a sale is lost, doubled or another one."""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Playwright, sync_playwright

from soak.product import Product, folder_of_its_own, product_in, rows
from tests.browser import chromium
from tests.browser.browsing import Profile
from tests.browser.tablet import QuickSale, Tablet
from tests.browser.watch import Watch

PATIENCE_SECONDS = 60
TABLETS, GOODS = 2, ("Spring Water Bottle", "Sweet Potato Fries")
# What the console says of a network that is not there, and of processes that are killed.
_EXPECTED = (r"net::ERR_", r"Failed to load resource", r"answer: 50[234]")
_BOOKED = """
    SELECT k.key, o.total, coalesce(o.amount_paid, 0) FROM orders o JOIN idempotency_keys k ON k.store_id = o.store_id AND k.resource_id = o.id
     WHERE o.register_id = ANY (%s::uuid[])
"""
_ALL = "SELECT count(*) FROM orders WHERE register_id = ANY (%s::uuid[])"


class Counter:
    """One tablet, whose browser can be killed. `told` are the keys of the sales that its screen called kept."""

    def __init__(self, profile: Profile, known: dict[str, str], number: int, chance: random.Random) -> None:
        self.profile, self.known, self._chance = profile, known, chance
        self.told: set[str] = set()
        added = self._ask("POST", "/registers", {"name": f"Tablet {number}", "location_id": self._location()})
        self.register_id, code = added["id"], added["enrolment_code"]
        self._open(offline=False)
        self.tablet.enrol(known["store_slug"], code)
        self._sign_in()
        self.tablet.wait_until_it_starts_alone()
        self.tablet.page.context.set_offline(True)

    def sell(self, count: int) -> None:
        self.tablet.sell_all(self._sales(count))

    def sell_and_be_killed(self, count: int) -> None:
        """In the middle of a sale, after so many more were told; then it is opened again, without network."""
        enough = len(self.told) + count
        self.tablet.begin_selling(self._sales(2 * count))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.told) < enough:
            assert time.monotonic() < deadline, self.tablet.page.locator("body").inner_text()
            self.tablet.page.wait_for_timeout(self._chance.uniform(0.1, 40))
        self.profile.kill()
        self._open(offline=True)
        self.tablet.open()
        self._sign_in()

    def _sales(self, count: int) -> list[QuickSale]:
        """To walk-ins and to numbers, of which some come again."""
        phones = [None, *(f"41555501{end:02d}" for end in range(20))]
        return [{"phone": self._chance.choice(phones), "product": self._chance.choice(GOODS)} for _ in range(count)]

    def _open(self, *, offline: bool) -> None:
        context = self.profile.open()
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        context.set_offline(offline)
        context.expose_binding("told", lambda _, key: self.told.add(key))
        self.tablet = Tablet(context.new_page())

    def _sign_in(self) -> None:
        self.tablet.sign_in("Casey", self.known["cashier_pin"])

    def _location(self) -> str:
        return str(self._ask("GET", "/locations")["data"][-1]["id"])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.known['store_api_key']}"}
        answer = requests.request(
            method, f"{self.known['base_url']}/api/v1{path}", json=body, headers=headers, timeout=60
        )
        answer.raise_for_status()
        return answer.json()


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m soak.tablets", description="Tablets without network, killed.")
    asked.add_argument("--sales", type=int, default=200)
    asked.add_argument("--kills", type=int, default=2)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="default: a new one")
    given = asked.parse_args()
    found = run(given.sales, given.kills, given.seed)
    print(json.dumps({"seed": given.seed} | found))
    sys.exit(1 if found["violations"] else 0)


def run(sales: int, kills: int, seed: int) -> dict[str, Any]:
    """The figures of one run; `violations` is empty if all is well."""
    chance = random.Random(seed)  # noqa: S311 - a load that can be repeated
    with folder_of_its_own() as folder, product_in(folder) as product:
        _say(f"The product is up after {product.start():.1f} s.")
        watch = Watch(product.base_url)
        watch.expect(*_EXPECTED)
        with _counters(folder, product, watch, chance) as counters:
            sold_for = _sell(counters, sales, kills)
            kept = [entry for each in counters for entry in each.tablet.entries()]
            _say(f"{len(kept)} sales are kept on {TABLETS} tablets after {sold_for:.1f} s; the network is back.")
            sent_for = _send(counters, product, chance)
            wrong = [*_violations(counters, kept, product), *watch.faults]
        audit = product.command("audit")
        wrong += [] if audit.returncode == 0 else [audit.stdout[-2000:] + audit.stderr[-2000:]]
        figures = {"sales": len(kept), "amount": sum(entry["shown"]["total"] for entry in kept), "kills": kills}
        return {"violations": wrong} | figures | {"selling_s": round(sold_for, 1), "sending_s": round(sent_for, 1)}


@contextmanager
def _counters(folder: Path, product: Product, watch: Watch, chance: random.Random) -> Iterator[list[Counter]]:
    with sync_playwright() as playwright:
        path = chromium.executable(playwright.chromium.executable_path)
        profiles = [_profile(playwright, path, folder / f"tablet-{number}", watch) for number in range(TABLETS)]
        with closing(profiles[0]), closing(profiles[1]):
            known = product.credentials()
            yield [Counter(profile, known, number, chance) for number, profile in enumerate(profiles, start=1)]


def _profile(playwright: Playwright, path: str, folder: Path, watch: Watch) -> Profile:
    return Profile(playwright.chromium, path, folder, watch)


def _sell(counters: Sequence[Counter], sales: int, kills: int) -> float:
    """The tablets take turns in being killed; what a kill took from a sale that nobody was told of is sold again."""
    began = time.monotonic()
    for turn in range(kills):
        counters[turn % TABLETS].sell_and_be_killed(sales // (kills + 2))
    for left, each in enumerate(counters):
        sold = sum(len(other.tablet.entries()) for other in counters)
        each.sell((sales - sold) // (TABLETS - left))
    return time.monotonic() - began


def _send(counters: Sequence[Counter], product: Product, chance: random.Random) -> float:
    began = time.monotonic()
    for each in counters:
        each.tablet.page.context.set_offline(False)
        product.kill("web process", chance)
    for each in counters:
        each.tablet.expect_all_sent(PATIENCE_SECONDS * 1000)
    return time.monotonic() - began


def _violations(counters: Sequence[Counter], kept: list[dict[str, Any]], product: Product) -> Iterator[str]:
    """What the screens told, what lay on the devices, and what is in the books must be the same."""
    registers = [each.register_id for each in counters]
    with product.books() as books:
        booked = {key: (total, paid) for key, total, paid in rows(books, _BOOKED, registers)}
        [(orders,)] = rows(books, _ALL, registers)
    on_device = {entry["key"]: entry["shown"]["total"] for entry in kept}
    told = set().union(*(each.told for each in counters))
    if lost := told - on_device.keys():
        yield f"{len(lost)} sale(s) were told and are not on the device"
    if orders != len(booked):
        yield f"{orders} orders stand under {len(booked)} keys"
    if booked.keys() != on_device.keys():
        yield f"{len(on_device.keys() - booked.keys())} sale(s) are lost, {len(booked.keys() - on_device.keys())} invented"
    other = [key for key in booked.keys() & on_device.keys() if booked[key] != (on_device[key], on_device[key])]
    if other:
        yield f"{len(other)} sale(s) have another amount in the books"


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
