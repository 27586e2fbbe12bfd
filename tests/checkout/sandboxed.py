"""The stand-in for Stripe in a test's hand: guests who pay, a bank that decides, and the worker's jobs one by one."""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pos import jobs
from soak.product import rows
from tests.client import Shop

_SESSION = re.compile(r'name="session" value="([^"]+)"')
_TODO = "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
_MINUTES = "interval '2 minutes'"
# What happened more than some seconds ago is the sweep's.
_AGE = (
    f"UPDATE payment_links SET updated_at = updated_at - {_MINUTES} WHERE store_id = %s",
    f"UPDATE refunds SET created_at = created_at - {_MINUTES}, sent_at = sent_at - {_MINUTES} WHERE store_id = %s AND status = 'pending'",
)
_EXPIRE = "UPDATE payment_links SET expires_at = now() - interval '1 second' WHERE store_id = %s AND order_id = %s"


class Job(NamedTuple):
    """A job that the worker would take."""

    id: int
    task_name: str
    args: dict[str, Any]


@dataclass
class Sandbox:
    """Events reach the webhook only when their jobs are run. `books` is a superuser's connection to the app's database."""

    app: Flask
    books: Any
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.app.extensions["sandbox_post"] = self._post

    def _post(self, _url: str, body: bytes, headers: dict[str, str]) -> int:
        return self.client.post("/webhooks/stripe", data=body, headers=headers).status_code

    # --- the worker

    @property
    def jobs(self) -> list[Job]:
        return [Job(*row) for row in rows(self.books, _TODO)]

    def run(self, job: Job) -> None:
        """Does the job's work, as its handler is written."""
        self.lose(job)
        jobs.queue.tasks[job.task_name].func.__wrapped__(**job.args)

    def lose(self, job: Job) -> None:
        rows(self.books, "DELETE FROM procrastinate_jobs WHERE id = %s", job.id)

    def run_all(self, *names: str) -> None:
        """Until none is left; of these names, if some are given."""
        while waiting := [job for job in self.jobs if not names or job.task_name in names]:
            self.run(waiting[0])

    def age(self, shop: Shop) -> None:
        """Lets two minutes pass over everything that is under way."""
        for statement in _AGE:
            rows(self.books, statement, shop.store_id)

    def let_expire(self, shop: Shop, order_id: str) -> None:
        rows(self.books, _EXPIRE, shop.store_id, order_id)

    # --- guests

    def open(self, url: str) -> str | None:
        """Opens the page; the session that began, or None where nothing is to be paid any more."""
        page = self.client.get(_path(url))
        found = _SESSION.search(page.text) if page.status_code == 200 else None
        return found[1] if found else None

    def act(self, url: str, outcome: str, session: str | None = None) -> TestResponse:
        sent = {"outcome": outcome} | ({"session": session} if session else {})
        return self.client.post(_path(url), data=sent)

    # --- Stripe's side

    @property
    def truth(self) -> Any:
        return self.client.get("/_sandbox/stripe/truth.json").json

    def events(self, limit: int = 200) -> list[Any]:
        """Oldest first."""
        return list(reversed(self.client.get(f"/_sandbox/events.json?limit={limit}").json or ()))

    def order_faults(self, *faults: tuple[str, str, int]) -> None:
        """Each (match, fault, times); none clears them."""
        body = [{"provider": "stripe", "match": m, "fault": fault, "times": times} for m, fault, times in faults]
        assert self.client.put("/_sandbox/faults", json=body).status_code == 200

    def do(self, path: str, **asked: Any) -> TestResponse:
        """What somebody does at Stripe, e.g. do("refunds", payment_intent="pi_…")."""
        return self.client.post(f"/_sandbox/{path}", json=asked)


def _path(url: str) -> str:
    return url[url.index("/_sandbox") :]
