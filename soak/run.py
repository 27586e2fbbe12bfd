"""One run: starts the product, lets the tablets sell while it is struck, and afterwards looks at everything."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from pos import cli
from soak import books, guests, load, planted, stripe, traces
from soak.books import Known
from soak.faults import Clock, Target, find_libfaketime
from soak.load import COUPON, FEW, PLENTIFUL, PLENTY, SCARCE, Shop
from soak.plan import Plan, a_kill, longer_faults
from soak.product import Product, folder_of_its_own, is_ready, product_in, put_home, rows, until, value
from soak.tablet import LAST_PATIENCE_SECONDS, SwitchedOff, Tablet
from soak.volume import Volume, mounted
from soak.watch import Watch

# After the faults the worker may need that long until it is at work again.
BACKLOG_SECONDS = 120
OPERATIONS = {**load.OPERATIONS, **guests.OPERATIONS}
_RETURN_SECONDS = 60
_PROGRESS_SECONDS = 5
_MOST_MEBIBYTES, _MOST_GROWTH_MEBIBYTES = 400, 64
_WARM_WEIGHINGS = 4
_BUGS_SHOWN, _TOLD_AT_ONCE = 5, 20
# So many kills of a hundred wait for the product to sell again, if it does so within that time.
_ALONE, _MOST_REST_SECONDS = 0.75, 15


@dataclass
class Result:
    """What came of a run: no violations, or the reason why it is red."""

    plan: Plan
    watch: Watch
    known: Known = field(default_factory=Known)
    in_books: int = 0
    backlog_seconds: float = 0.0
    start_seconds: float = 0.0
    at_stripe: dict[str, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return sum(sent.resource == "order" and sent.id is not None for sent in self.known.sent)

    @property
    def violations(self) -> list[str]:
        return list(self.watch.violations)


def run(plan: Plan, say: Callable[[str], None] = print, *, home: Path | None = None) -> Result:
    """Raises nothing for what is found wrong: it is in the result. Nothing of the run is left afterwards.

    `home` is one of a product that was started before and has ended; without it, the run begins with a first start.
    """
    result = Result(plan, Watch())
    with ExitStack() as stack:
        folder = stack.enter_context(folder_of_its_own())
        if home:
            put_home(home, folder)
        target = _target(plan, folder, result.watch, stack)
        result.start_seconds = target.product.start()
        say(f"seed {plan.seed}; the product runs after {result.start_seconds:.1f} s, in {folder}")
        _fill_the_shelves(target.product)
        start = books.before(target.product)
        result.watch.restart()
        _sell_and_strike(result, target, say)
        try:
            _look_at_everything(result, target.product, start)
        except Exception as error:
            result.watch.violation(f"it could not be looked at afterwards: {error!r}; {target.product.said()}")
    return result


def _target(plan: Plan, folder: Path, watch: Watch, stack: ExitStack) -> Target:
    """The product with all that is needed to hurt it, and notes of what cannot be done here."""
    volume: Volume | None = None
    clock: Clock | None = None
    if plan.is_long:
        (folder / "home").mkdir()
        volume = stack.enter_context(mounted(folder / "home"))
        watch.note(f"disk: {volume.kind}" if volume else "disk: NOT filled, nothing may be mounted here (needs root)")
        library = find_libfaketime()
        clock = Clock(library, folder) if library else None
        watch.note("clock: skewed" if clock else "clock: NOT skewed, there is no libfaketime (apt install libfaketime)")
    procfile = _procfile(folder, plan, clock) if plan.plant or clock else None
    environ = {planted.CHOICE: plan.plant} if plan.plant else {}
    product = stack.enter_context(product_in(folder, procfile=procfile, **environ))
    chance = random.Random(f"{plan.seed}/faults")  # noqa: S311 - not a secret
    return Target(product, watch, chance, volume, clock)


def _procfile(folder: Path, plan: Plan, clock: Clock | None) -> Path:
    """The tree's, with another web: its clock can be set, and it loads the planted bug in place of wsgi."""
    lines = dict(line.split(": ", 1) for line in cli.PROCFILE.read_text().splitlines())
    if plan.plant:
        lines["web"] += " soak.planted:app"
    if clock:
        lines["web"] = clock.started_by(lines["web"])
    made = folder / "Procfile"
    made.write_text("".join(f"{name}: {command}\n" for name, command in lines.items()))
    return made


_COUPON = """
    INSERT INTO coupons (store_id, id, version, code, discount_type, amount, usage_limit)
    SELECT id, gen_random_uuid(), 1, %s, 'percent', 10, 1000000 FROM stores
"""


def _fill_the_shelves(product: Product) -> None:
    with product.books() as connection:
        for quantity, skus in ((PLENTY, PLENTIFUL), (FEW, SCARCE)):
            rows(connection, "UPDATE products SET stock_quantity = %s WHERE sku = ANY(%s)", quantity, list(skus))
        rows(connection, _COUPON, COUPON)


# --- selling and striking ---------------------------------------------------------------------------------


def _sell_and_strike(result: Result, target: Target, say: Callable[[str], None]) -> None:
    plan, watch, product = result.plan, result.watch, target.product
    with product.books() as connection:
        shop = Shop(
            dict(rows(connection, "SELECT sku, id::text FROM products")),
            prices=dict(rows(connection, "SELECT sku, price FROM products")),
        )
    known = product.credentials()
    tokens = {"register": known["register_token"], "owner": known["store_api_key"]}
    tablets = [Tablet(number, plan.seed, product.port, tokens, watch) for number in range(plan.tablets)]
    is_over = threading.Event()
    with ThreadPoolExecutor(plan.tablets) as threads, _progress(result, product, say):
        try:
            busy = [threads.submit(_work, tablet, shop, result, is_over) for tablet in tablets]
            _strike(plan, target, say)
        finally:
            is_over.set()
            for tablet in tablets:
                tablet.gives_up_at = time.monotonic() + (LAST_PATIENCE_SECONDS if not product.has_ended() else 0)
        _hear(busy, watch)


def _work(tablet: Tablet, shop: Shop, result: Result, is_over: threading.Event) -> None:
    """One thing after the other until closing time; what was begun is brought to its end."""
    with closing(tablet):
        while not is_over.is_set():
            operation = tablet.chance.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
            with suppress(SwitchedOff):
                for fact in operation(tablet, shop):
                    result.known.add(fact)
                result.watch.done[operation.__name__] += 1
            is_over.wait(tablet.chance.uniform(0, result.plan.pause_seconds))


def _hear(busy: list["Future[None]"], watch: Watch) -> None:
    for tablet in busy:
        error = tablet.exception()
        if error:
            watch.violation(f"a tablet broke: {error!r}")


def _strike(plan: Plan, target: Target, say: Callable[[str], None]) -> None:
    """A fault after the other; ends when the time is over or the product is."""
    longer, watch = list(longer_faults(plan)), target.watch
    while watch.seconds() < plan.seconds:
        if longer and watch.seconds() >= longer[0][0]:
            _, name, fault = longer.pop(0)
            say(f"{watch.seconds():5.0f} s  {name}")
        else:
            name, fault = a_kill(target.chance)
            _rest(plan, target)
        try:
            fault(target)
        except (AssertionError, psutil.Error) as error:
            watch.violation(f"{name}: {error}; {target.product.said()}")
            return


def _rest(plan: Plan, target: Target) -> None:
    """Mostly until a sale went through since the last kill, so that each is felt alone; else it strikes while it is down."""
    chance, watch = target.chance, target.watch
    time.sleep(chance.uniform(0.1, 2 * plan.seconds_per_kill))
    deadline = time.monotonic() + _MOST_REST_SECONDS
    if chance.random() < _ALONE:
        while watch.is_waiting_for_a_sale() and time.monotonic() < deadline:
            time.sleep(0.05)


@contextmanager
def _progress(result: Result, product: Product, say: Callable[[str], None]) -> Iterator[None]:
    """A line every few seconds, and the weight of the web processes."""
    is_over = threading.Event()

    def watch_on() -> None:
        told = 0
        while not is_over.wait(_PROGRESS_SECONDS):
            say(_line(result))
            for sentence in result.violations[told:_TOLD_AT_ONCE]:
                say(f"VIOLATION {sentence}")
            told = len(result.violations)
            for process in product.web_processes():
                with suppress(psutil.Error):
                    result.watch.weigh(process.pid, process.memory_info().rss / 2**20)

    thread = threading.Thread(target=watch_on)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _line(result: Result) -> str:
    watch = result.watch
    kills, tries = sum(watch.kills.values()), sum(watch.retries.values())
    return (
        f"{watch.seconds():5.0f} s  {result.answered} orders answered, {kills} kills, {tries} tries to be repeated, "
        f"slowest {watch.slowest:.1f} s, {watch.violation_count} violations"
    )


# --- afterwards -------------------------------------------------------------------------------------------


def _look_at_everything(result: Result, product: Product, start: books.Before) -> None:
    watch = result.watch
    if product.has_ended():
        watch.violation(f"the product has ended by itself: {product.said()}")
        return
    until(lambda: is_ready(product.port), _RETURN_SECONDS, what="/readyz answering 200 after the last fault")
    _audit(product, watch, "before the worker was waited for")
    if not watch.violation_count:  # what is red already needs no patience
        result.backlog_seconds = _seconds_until_the_backlog_is_done(product)
        _audit(product, watch, "after the worker was done")
        for sentence in _money(product, result):
            watch.violation(sentence)
        _audit(product, watch, "after flask payments reconcile")
    found = books.after(product, start)
    result.in_books = len(found.orders)
    for sentence in books.violations(result.known, start, found):
        watch.violation(sentence)
    for sentence in _fat(watch):
        watch.violation(sentence)
    _end(product, watch)


def _audit(product: Product, watch: Watch, when: str) -> None:
    audit = product.command("audit")
    if audit.returncode:
        lines = [line for line in audit.stdout.splitlines() if line.startswith("store ")]
        watch.violation(f"flask audit, {when}: {len(lines)} rows, e.g. {lines[:3] or audit.stderr}")


_UNDER_WAY = """
    SELECT (SELECT count(*) FROM procrastinate_jobs
             WHERE status IN ('doing', 'failed') OR status = 'todo' AND (scheduled_at < %s OR task_name LIKE 'sandbox.%%'))
         + (SELECT count(*) FROM payment_links WHERE status = 'creating' OR is_open AND status <> 'active')
         + (SELECT count(*) FROM payments WHERE status = 'pending')
         + (SELECT count(*) FROM refunds WHERE status = 'pending')
"""
# Who has tried often waits long, the sweep leaves to the jobs what is not twenty seconds old, and a silent worker counts as
# alive for thirty: nothing would happen meanwhile. A living one gives a sign every five, and is not taken for dead by this.
_IMPATIENT = (
    "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name LIKE 'sandbox.%%' AND status = 'todo'",
    "UPDATE payment_links SET updated_at = updated_at - interval '2 minutes' WHERE is_open OR status = 'creating'",
    "UPDATE refunds SET sent_at = sent_at - interval '1 minute' WHERE status = 'pending'",
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '15 seconds'",
    "DELETE FROM sandbox_faults",
)


def _seconds_until_the_backlog_is_done(product: Product) -> float:
    """Until a job is done that is enqueued now, no other one waits, and nothing that Stripe has to do with is under way."""
    began = time.monotonic()
    with product.books() as connection:
        now = value(connection, "SELECT clock_timestamp()")
        for statement in _IMPATIENT:
            rows(connection, statement)
        enqueued = """INSERT INTO procrastinate_jobs (queue_name, task_name, args)
                      SELECT 'default', 'audit.one_store', jsonb_build_object('store_id', id) FROM stores"""
        rows(connection, enqueued)

        def is_done() -> bool:
            is_audited = value(connection, "SELECT bool_and(audited_at > %s) FROM stores", now)
            return bool(is_audited) and value(connection, _UNDER_WAY, now) == 0

        until(is_done, BACKLOG_SECONDS, what="the end of the worker's backlog")
    return time.monotonic() - began


_UNTOLD = """
    SELECT body ->> 'type', count(*) FROM sandbox_objects
     WHERE kind = 'event' AND hidden ->> 'state' <> 'delivered' GROUP BY 1
"""


def _money(product: Product, result: Result) -> Iterator[str]:
    """Every event has arrived, so reconcile must find nothing; and the books are what was made at Stripe."""
    with product.books() as connection:
        yield from (f"{count} events {kind} were not delivered" for kind, count in rows(connection, _UNTOLD))
        reconcile = product.command("payments", "reconcile")
        if reconcile.returncode or not reconcile.stdout.startswith("Done"):
            yield f"flask payments reconcile: {reconcile.stdout or reconcile.stderr}"
        truth = stripe.truth_of(product.port)
        yield from stripe.violations(connection, truth)
        yield from stripe.lost(truth, [paid.session for paid in result.known.paid])
        result.at_stripe = {
            "links": truth["links"]["count"],
            "payments": truth["payments"]["count"],
            "refunds": truth["refunds"]["count"],
            "events": value(connection, "SELECT count(*) FROM sandbox_objects WHERE kind = 'event'"),
            "guests acknowledged": len(result.known.paid),
        }


def _fat(watch: Watch) -> Iterator[str]:
    """A process that lives for long may not go on growing; the first weighings are of its warming up."""
    for weights in watch.memory.values():
        if max(weights) > _MOST_MEBIBYTES:
            yield f"a web process weighed {max(weights):.0f} MiB"
        if len(weights) > 3 * _WARM_WEIGHINGS and weights[-1] - weights[_WARM_WEIGHINGS] > _MOST_GROWTH_MEBIBYTES:
            yield f"a web process grew from {weights[_WARM_WEIGHINGS]:.0f} to {weights[-1]:.0f} MiB"


def _end(product: Product, watch: Watch) -> None:
    code = product.end()
    if code:
        watch.violation(f"the product ended with exit code {code}: {product.said()}")
    left = [" ".join(process.cmdline()) for process in product.processes()]
    if left:
        watch.violation(f"processes are left over: {left}")
    for sentence in traces.violations(product):
        watch.violation(sentence)
    for bug in traces.bugs(product)[:_BUGS_SHOWN]:
        watch.violation(f"the log tells of a bug: {bug}")
