"""The `quayside` command."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from authlib.deprecate import AuthlibDeprecationWarning
from cryptography.fernet import Fernet
from pydantic import ValidationError

from app.accounts.service import Scope
from app.core.crypto import Undecryptable
from app.core.resources import open_resources
from app.core.settings import Settings
from app.local.api_keys import create_api_key
from app.local.environment import SANDBOX_PREFIX, read_database_url, read_settings, refusal
from app.local.errors import LocalServiceError
from app.local.failures import FAILED, MISUSED, CommandFailed
from app.local.schema import read_schema, require_current, upgrade
from app.local.serving import serve_api
from app.local.terminal import Screen
from app.local.up import run_up

LONGEST_ACCOUNT_NAME = 200

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")]

commands = typer.Typer(
    help="Makes a BigCommerce store a sales channel.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="API keys.", no_args_is_help=True)
commands.add_typer(keys, name="key")


def part(name: str, attribute: str) -> Any:
    """Import a part of the service by name, so that no command loads what it does not need."""
    return getattr(import_module(name), attribute)


@commands.command()
def up(once: Annotated[bool, typer.Option("--once", hidden=True)] = False) -> None:
    """Run everything on this machine, with a sandbox store to try it on, until Ctrl-C."""
    # `--once` ends after the first runs; tests use it.
    run_up(os.environ, Path.cwd(), Screen(sys.stdout), once=once)


@commands.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    url = read_database_url(os.environ)
    asyncio.run(upgrade(url))
    typer.echo(f"The database is at revision {asyncio.run(read_schema(url)).found}.")


@commands.command()
def api(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the REST API and what BigCommerce calls."""
    asyncio.run(require_current(read_settings(os.environ).database_url))
    serve_api(host, port)


@commands.command()
def worker() -> None:
    """Work off runs, events and schedules; start as many as you like."""
    settings = read_settings(os.environ)
    asyncio.run(require_current(settings.database_url))
    run_worker = part("worker.main", "run_worker")
    run_worker(settings)


@commands.command()
def sandbox(host: Host = "127.0.0.1", port: Port = 9000) -> None:
    """Serve a local store that looks like BigCommerce."""
    # By name because the two never import each other.
    serve = part("sandbox.main", "serve")
    try:
        serve(host, port)
    except ValidationError as error:
        raise refusal(error, SANDBOX_PREFIX) from None


@keys.command("create")
def create(
    account: Annotated[str, typer.Option(help="The account's name; it is created if missing.")],
    scope: Annotated[Scope, typer.Option(help="What the key may do.")] = Scope.WRITE,
) -> None:
    """Print a new API key. `write` drives all of the API; `admin` also manages keys."""
    name = account.strip()
    if not name or len(name) > LONGEST_ACCOUNT_NAME:
        raise CommandFailed(
            f"An account's name has 1 to {LONGEST_ACCOUNT_NAME} characters.", status=MISUSED
        )
    url = read_database_url(os.environ)
    asyncio.run(require_current(url))
    typer.echo(asyncio.run(create_api_key(url, name, scope)))


@commands.command()
def secret() -> None:
    """Print a new key for QUAYSIDE_SECRET_KEYS."""
    typer.echo(Fernet.generate_key().decode())


@commands.command("rotate-secrets")
def rotate_secrets() -> None:
    """Seal tokens, secrets and personal data anew with the first of QUAYSIDE_SECRET_KEYS."""
    settings = read_settings(os.environ)
    asyncio.run(require_current(settings.database_url))
    try:
        typer.echo(f"{asyncio.run(_rotate(settings))} values are sealed with the first key now.")
    except Undecryptable:
        raise CommandFailed(
            "A stored secret was sealed with a key that is no longer in QUAYSIDE_SECRET_KEYS."
        ) from None


async def _rotate(settings: Settings) -> int:
    part("migrations.tables", "load_tables")()
    rotate = part("app.core.rotation", "rotate_secrets")
    async with open_resources(settings) as resources:
        return int(await rotate(resources))


@commands.command()
def openapi() -> None:
    """Print the description of the REST API."""
    application = part("app.main", "create_app")()
    typer.echo(json.dumps(application.openapi(), indent=2, ensure_ascii=False))


def main() -> None:
    """Run the command line; failures are sentences on stderr."""
    # authlib prefers another HTTP client than this project does, and says so at every start.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    try:
        commands()
    except (CommandFailed, LocalServiceError) as failure:
        typer.echo(str(failure), err=True)
        sys.exit(failure.status if isinstance(failure, CommandFailed) else FAILED)


if __name__ == "__main__":
    main()
