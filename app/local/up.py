"""`quayside up`: the whole service on this machine, with a store to try it on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx

from app.core.settings import Settings
from app.local import keeping
from app.local.children import Children
from app.local.environment import read_settings
from app.local.failures import MISUSED, CommandFailed
from app.local.first_run import FirstRun
from app.local.places import make_folder, wanted_home
from app.local.ports import LOOPBACK, choose_port
from app.local.schema import upgrade
from app.local.services import LocalServices
from app.local.terminal import Screen

CLIENT_ID = "QUAYSIDE_BIGCOMMERCE_CLIENT_ID"
CLIENT_SECRET = "QUAYSIDE_BIGCOMMERCE_CLIENT_SECRET"  # noqa: S105 - a variable's name
API_PORT, SANDBOX_PORT = 8000, 9000
SANDBOX_CLIENT_ID, SANDBOX_STORE = "sandbox-client-id", "sandbox01"
FIRST_RUNS = {"import_listings": "Import Listings", "get_orders": "Get Orders"}
READY_SECONDS = 90.0
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.5
CHECKS_PER_PROBE = 10
CALLBACKS = ("auth", "load", "uninstall", "remove_user")


@dataclass(frozen=True)
class Place:
    """What runs where."""

    environ: Mapping[str, str]
    """The environment of the service's processes."""
    settings: Settings
    home: Path
    api_port: int
    sandbox_port: int | None
    """None when a real BigCommerce is used."""

    @property
    def api_url(self) -> str:
        """Where this machine reaches the API."""
        return f"http://{LOOPBACK}:{self.api_port}"

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox store is."""
        return f"http://{LOOPBACK}:{self.sandbox_port}"


def run_up(environ: Mapping[str, str], directory: Path, screen: Screen, *, once: bool) -> None:
    """Serve until Ctrl-C or SIGTERM; with `once`, end after the first runs.

    Raises CommandFailed and LocalServiceError; everything that was started is stopped then.
    """
    with_sandbox = _uses_sandbox(environ)
    screen.say("Starting Quayside …")
    with LocalServices(environ, directory, say=screen.say) as services:
        home = services.home or wanted_home(environ, directory)
        make_folder(home)
        place = _settle(environ, services, home, with_sandbox)
        screen.done("PostgreSQL and Redis are there")
        asyncio.run(upgrade(services.database_url))
        screen.done("The database's tables are up to date")
        with Children(home) as children:
            _start(children, place)
            with httpx.Client(base_url=place.api_url, timeout=30, trust_env=False) as client:
                _wait_until_ready(client, place, children.check)
                screen.done(f"API and worker answer at {place.api_url}")
                key = keeping.api_key(client, services.database_url, home)
                client.headers.update(keeping.bearer(key))
                complete = _first_runs(FirstRun(client, children.check), place, screen)
                _show(screen, place, key, children.logs)
                if not once:
                    _watch(client, children.check, screen)
                elif not complete:
                    raise CommandFailed("The first runs did not succeed.")


def _uses_sandbox(environ: Mapping[str, str]) -> bool:
    missing = [name for name in (CLIENT_ID, CLIENT_SECRET) if not environ.get(name)]
    if len(missing) == 1:
        raise CommandFailed(
            f"{missing[0]} is not set: set both of the app's credentials, or none to use the "
            "sandbox store.",
            status=MISUSED,
        )
    return bool(missing)


def _settle(
    environ: Mapping[str, str], services: LocalServices, home: Path, with_sandbox: bool
) -> Place:
    """Choose ports, and the environment that makes the parts find each other."""
    api_port = choose_port(API_PORT, None, "The API")
    sandbox_port = choose_port(SANDBOX_PORT, None, "The sandbox store") if with_sandbox else None
    keys = keeping.secret_keys(environ, home)
    chosen = {
        "QUAYSIDE_DATABASE_URL": services.database_url,
        "QUAYSIDE_REDIS_URL": services.redis_url,
        "QUAYSIDE_PUBLIC_URL": environ.get("QUAYSIDE_PUBLIC_URL")
        or f"http://{LOOPBACK}:{api_port}",
        keeping.SECRET_KEYS: keys,
    }
    if sandbox_port is not None:
        chosen |= _meeting_sandbox(environ, chosen, sandbox_port, keeping.sandbox_secret(keys))
    settings = read_settings({**environ, **chosen})
    return Place({**environ, **chosen}, settings, home, api_port, sandbox_port)


def _meeting_sandbox(
    environ: Mapping[str, str], chosen: Mapping[str, str], port: int, secret: str
) -> dict[str, str]:
    url = f"http://{LOOPBACK}:{port}"
    direct = ",".join(filter(None, [environ.get("NO_PROXY"), LOOPBACK, "localhost"]))
    return {
        CLIENT_ID: SANDBOX_CLIENT_ID,
        CLIENT_SECRET: secret,
        "QUAYSIDE_BIGCOMMERCE_API_URL": url,
        "QUAYSIDE_BIGCOMMERCE_LOGIN_URL": url,
        "QUAYSIDE_SANDBOX_CLIENT_ID": SANDBOX_CLIENT_ID,
        "QUAYSIDE_SANDBOX_CLIENT_SECRET": secret,
        "QUAYSIDE_SANDBOX_STORE_HASH": SANDBOX_STORE,
        "QUAYSIDE_SANDBOX_APP_URL": chosen["QUAYSIDE_PUBLIC_URL"],
        "QUAYSIDE_SANDBOX_PUBLIC_URL": url,
        # A proxy cannot reach this machine's own addresses.
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def _start(children: Children, place: Place) -> None:
    if place.sandbox_port is not None:
        arguments = ["sandbox", "--port", str(place.sandbox_port)]
        children.start("sandbox store", arguments, place.environ)
    children.start("API", ["api", "--port", str(place.api_port)], place.environ)
    children.start("worker", ["worker"], place.environ)


def _wait_until_ready(client: httpx.Client, place: Place, check: Callable[[], None]) -> None:
    addresses = ["/readyz"]
    if place.sandbox_port is not None:
        addresses.append(f"{place.sandbox_url}/sandbox")
    deadline = time.monotonic() + READY_SECONDS
    for address in addresses:
        while reason := _not_ready(client, address):
            check()
            if time.monotonic() > deadline:
                raise CommandFailed(f"Quayside is not ready: {reason}; see {place.home}/logs.")
            time.sleep(POLL_SECONDS)


def _not_ready(client: httpx.Client, address: str) -> str:
    """Return why an address does not answer well; empty when it does."""
    try:
        answer = client.get(address, timeout=5)
    except httpx.HTTPError as error:
        return f"{address} does not answer ({type(error).__name__})"
    if answer.is_success:
        return ""
    reasons = answer.json().get("reasons") if answer.status_code == 503 else None
    return ", ".join(reasons or [f"{address} answers {answer.status_code}"])


def _first_runs(first: FirstRun, place: Place, screen: Screen) -> bool:
    """Connect the sandbox store and fetch from it; whether all of it worked."""
    if place.sandbox_port is None:
        return True
    try:
        channel_id = first.channel(SANDBOX_STORE)
        first.install(channel_id, SANDBOX_STORE)
        screen.done("The app is installed in the sandbox store")
        ends = [
            screen.follow(title, first.run(channel_id, integration))["status"]
            for integration, title in FIRST_RUNS.items()
        ]
    except (CommandFailed, httpx.HTTPError) as error:
        # The service itself runs; its user can look into this better than we can.
        first.check()
        screen.warn(str(error))
        return False
    return all(end in ("succeeded", "completed_with_errors") for end in ends)


def _show(screen: Screen, place: Place, key: str, logs: Path) -> None:
    settings = place.settings
    facts = {"REST API": place.api_url, "Documentation": f"{place.api_url}/docs", "API key": key}
    if place.sandbox_port is not None:
        manage = f"{place.sandbox_url}/manage/apps/{settings.bigcommerce_client_id}"
        facts |= {"Control panel": manage, "Sandbox store": f"{place.sandbox_url}/sandbox"}
    else:
        facts |= {
            f"Callback {name}": f"{settings.public_url}/bigcommerce/{name}" for name in CALLBACKS
        }
        client_id = quote(settings.bigcommerce_client_id, safe="")
        facts["Install"] = f"{settings.bigcommerce_login_url}/app/{client_id}/install"
    if settings.public_url != place.api_url:
        facts["Public address"] = settings.public_url
    facts |= {"Data": str(place.home), "Logs": str(logs)}
    screen.say("")
    screen.facts(facts)
    screen.say("")
    screen.say(f"  curl -H 'Authorization: Bearer {key}' '{place.api_url}/v1/listings?limit=2'")
    screen.say("")
    if place.sandbox_port is None:
        screen.say("Register the callbacks above for your app in BigCommerce's developer portal.")


def _watch(client: httpx.Client, check: Callable[[], None], screen: Screen) -> None:
    """Serve until interrupted; say when something the service needs goes away or comes back."""
    screen.say("Quayside is running; Ctrl-C stops it.")
    trouble = ""
    try:
        while True:
            for _ in range(CHECKS_PER_PROBE):
                check()
                time.sleep(WATCH_SECONDS)
            before, trouble = trouble, _not_ready(client, "/readyz")
            if trouble and trouble != before:
                screen.warn(f"Quayside is not ready: {trouble}")
            elif before and not trouble:
                screen.done("Quayside is ready again")
    except KeyboardInterrupt:
        screen.say("Stopping …")
