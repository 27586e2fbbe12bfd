"""kill -9 in the middle of a run, again and again: whoever goes on with it comes to the same books as a run that nobody disturbed."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import web_books
from pos import crash
from tests.running import ROOT, environment, superuser_of
from tests.woocommerce.web import QUICK, Web

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("web_shop")]

KILLED = -9
# Each is a process of its own that dies there: before the commit of the first page that it reads, or after it was noted.
POINTS = ("sync.page_taken", "sync.before_commit", "sync.page_taken", "sync.page_taken", "sync.before_commit")


def _books(web: Web) -> web_books.Books:
    with superuser_of(web.server, web.database) as connection, connection.cursor() as cursor:
        return web_books.of(cursor, str(web.store_id))


def _sync(web: Web, folder: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    base_url = web.app.config["SETTINGS"].public_base_url
    env = environment(web.server, web.database, folder, PUBLIC_BASE_URL=base_url, **more)
    env["POS_DATA_DIR"] = str(web.app.config["SETTINGS"].data_dir)
    command = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", "sync", "woocommerce", "--store", web.slug]
    return subprocess.run(
        [*command, "--type", "orders", "--take-over"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_killed_run_is_gone_on_with_to_the_books_of_an_undisturbed_one(web: Web, tmp_path: Path) -> None:
    web.fill(8, orders=300)
    for name in ("categories", "products", "coupons", "customers"):
        web.sync(name)
    with web.kept() as put_back:
        web.sync("orders")
        undisturbed = _books(web)
        put_back()

    offsets = []
    for point in POINTS:
        ended = _sync(web, tmp_path, CRASH_AT=point)
        assert ended.returncode == KILLED, ended.stderr[-2000:]
        assert f"CRASH_AT={point} reached" in ended.stderr
        offsets.append(web.value("SELECT progress ->> 'offset' FROM sync_logs WHERE status = 'running'"))
        assert web.broken() == []
    last = _sync(web, tmp_path)

    assert last.returncode == 0, last.stderr[-2000:]
    assert offsets == ["100", "100", "199", "298", "298"]
    assert web_books.apart(undisturbed, _books(web)) == []
    assert web.broken() == []
    assert web.value("SELECT count(*) FROM sync_logs WHERE sync_type = 'orders'") == 1
    before = web.digests()
    assert web.sync()["records_changed"] == 0
    assert web.digests() == before


def test_command_refuses_what_somebody_else_is_at(web: Web, tmp_path: Path) -> None:
    web.begin()

    answered = web.app.test_cli_runner().invoke(args=["sync", "woocommerce", "--store", web.slug])

    assert answered.exit_code == 1
    assert "at work" in answered.output


def test_command_goes_on_with_what_failed(web: Web) -> None:
    web.order_faults(("GET /wp-json/wc/v3/customers", "html", 100))
    failed = web.run(web.begin(), pace=QUICK)
    web.order_faults()

    ended = web.app.test_cli_runner().invoke(args=["sync", "woocommerce", "--store", web.slug, "--type", "full"])

    assert ended.exit_code == 0, ended.output
    assert failed["progress"]["done"] == ["categories", "products", "coupons"]
    assert web.rows("SELECT status, retry_count FROM sync_logs ORDER BY id") == [("failed", 0), ("completed", 1)]
    assert "records/s, peak memory" in ended.output
    assert web.broken() == []


def test_points_of_the_sync_are_known() -> None:
    assert set(POINTS) == {point for point in crash.POINTS if point.startswith("sync.")}
