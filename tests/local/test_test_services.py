"""The plugin that gives the suite its servers, in test runs of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.local.sql import run_sql
from tests.local.supervised import CHECKOUT

SUITE = """
import asyncio, json, os, pathlib
import asyncpg, pytest, redis
from app.local.sql import run_sql

OUT = pathlib.Path({out!r})

def prepare(url):
    with (OUT / "prepared").open("a") as file:
        file.write(url + "\\n")
    async def fill():
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE filled AS SELECT 7 AS number")
        await connection.close()
    asyncio.run(fill())

@pytest.mark.parametrize("number", range(6))
async def test_one(
    number, services, postgres_url, redis_url,
    template_database, make_database, make_worker_database,
):
    url = make_database(template_database("main", prepare))
    assert run_sql(url, "SELECT number FROM filled")[0][0] == 7
    run_sql(url, "DROP TABLE filled")
    assert run_sql(make_database(), "SELECT to_regclass('filled')")[0][0] is None
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
    assert run_sql(make_worker_database(template_database("main", prepare)), "TABLE filled")
    note = dict(admin=postgres_url, redis=redis_url, url=url, folder=services.run_folder)
    (OUT / f"note-{{number}}").write_text(json.dumps(note))
"""


def run(folder: Path, *arguments: str, **environ: str) -> list[dict[str, str]]:
    (folder / "test_suite.py").write_text(SUITE.format(out=str(folder)))
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.services", "-p", "no:randomly"),
            *("-p", "no:cacheprovider", "-c", str(CHECKOUT / "pyproject.toml")),
            *("--rootdir", str(folder), *arguments, str(folder / "test_suite.py")),
        ],
        cwd=CHECKOUT,
        env={**{k: v for k, v in os.environ.items() if "PYTEST" not in k}, **environ},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(path.read_text()) for path in folder.glob("note-*")]


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_one_set_of_servers_serves_the_run_and_is_gone_afterwards(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    notes = run(tmp_path, *arguments)
    workers = 2 if arguments else 1
    assert len({note["admin"] for note in notes}) == 1
    assert len({note["redis"] for note in notes}) == workers
    assert len({note["url"] for note in notes}) == len(notes) == 6
    assert len((tmp_path / "prepared").read_text().splitlines()) == 1
    assert not Path(notes[0]["folder"]).exists()
    with pytest.raises(ConnectionRefusedError):
        run_sql(notes[0]["admin"], "SELECT 1")


def test_a_given_server_is_used_and_left_clean(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    notes = run(
        tmp_path, "-n", "2", QUAYSIDE_DATABASE_URL=postgres_url, QUAYSIDE_REDIS_URL=redis_url
    )
    assert {note["admin"] for note in notes} == {postgres_url}
    run_name = notes[0]["url"].rsplit("/", 1)[1].rsplit("_", 1)[0]
    names = run_sql(postgres_url, "SELECT datname FROM pg_database")
    assert [name[0] for name in names if name[0].startswith(run_name)] == []
