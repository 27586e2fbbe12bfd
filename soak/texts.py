"""`python -m soak.texts [--customers 1000] [--kills 3] [--seed N]`: a campaign to a crowd in every state of consent, by the whole product,
whose worker is killed on the way. Exit code 1 if anybody got what they should not, or did not get what they should."""

import argparse
import json
import random
import sys
import time
from typing import Any

from pos import clock
from soak import crowd as crowds
from soak.crowd import Crowd
from soak.product import Product, folder_of_its_own, product_in, rows, until

PATIENCE_SECONDS = 600
# As many as a worker can have in hand (pos.messaging.flows.AT_ONCE times the jobs that it does at once).
_IN_HAND = 32
_STORE = "SELECT id::text FROM stores ORDER BY id LIMIT 1"
_WRITTEN = "SELECT count(*) FROM messages WHERE campaign_id = %s"


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m soak.texts", description="A campaign under kills of the worker.")
    asked.add_argument("--customers", type=int, default=1000)
    asked.add_argument("--kills", type=int, default=3)
    asked.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="default: a new one")
    given = asked.parse_args()
    found = run(given.customers, given.kills, given.seed)
    print(json.dumps({"seed": given.seed} | found, default=str))
    sys.exit(1 if found["violations"] else 0)


def run(customers: int, kills: int, seed: int) -> dict[str, Any]:
    """The figures of one run; `violations` is empty if all is well."""
    chance = random.Random(seed)  # noqa: S311 - a load that can be repeated
    with folder_of_its_own() as folder, product_in(folder) as product:
        _say(f"The product is up after {product.start():.1f} s.")
        with product.books() as books:
            [(store_id,)] = rows(books, _STORE)
            begun, began = clock.now(), time.monotonic()
            crowd = crowds.planted(books, store_id, customers, chance)
            _kill_on_the_way(product, books, crowd, kills)
            until(lambda: _is_over(books, crowd), PATIENCE_SECONDS, what="the end of the campaign")
            took = time.monotonic() - began
            most_dropped = _IN_HAND * kills
            wrong = list(crowds.violations(books, crowd, begun, clock.now(), most_dropped=most_dropped))
            audit = product.command("audit")
            wrong += [] if audit.returncode == 0 else [audit.stdout[-2000:] + audit.stderr[-2000:]]
            return {"violations": wrong, "kills": kills, "seconds": round(took, 1)} | crowds.figures(books, crowd)


def _kill_on_the_way(product: Product, books: Any, crowd: Crowd, kills: int) -> None:
    """Each time after some more texts have left, and always while some are still to leave."""
    expected = sum(each.may_be_texted(clock.now()) for each in crowd.people) + len(crowd.orders)
    for turn in range(1, kills + 1):
        enough = expected * turn // (kills + 2)
        until(lambda enough=enough: len(crowds.given_to_twilio(books)) >= enough, PATIENCE_SECONDS)  # type: ignore[misc]
        product.kill("worker", random.Random(turn))  # noqa: S311 - there is one
        _say(f"The worker was killed after {len(crowds.given_to_twilio(books))} texts of about {expected}.")
        until(lambda: product.children("jobs"), what="the next worker")


def _is_over(books: Any, crowd: Crowd) -> bool:
    """Everybody has been written to, and nothing is on its way."""
    [(written,)] = rows(books, _WRITTEN, crowd.campaign_id)
    return written == sum(each.phone is not None for each in crowd.people) and not crowds.on_the_way(books, crowd)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
