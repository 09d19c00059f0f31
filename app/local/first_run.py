"""What `quayside up` does as its own first user: connect the sandbox store and fetch from it.

Everything goes through the REST API and, for the install, through a browser's eyes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

from app.local.failures import CommandFailed

CHANNEL = "Sandbox store"
REQUIRED_STEPS = ("integrations", "connection", "confirm")
ACTIVE = ("queued", "running", "waiting")
POLL_SECONDS = 0.25
PATIENCE_SECONDS = 300.0

Document = dict[str, Any]


@dataclass(frozen=True)
class FirstRun:
    """The API as its user sees it; `check` raises when a process behind it has died."""

    api: httpx.Client
    check: Callable[[], None]

    def channel(self, store_hash: str) -> str:
        """Return the id of the channel for the store, created at the first start."""
        for connection in self._all("/v1/connections"):
            if connection["store_hash"] == store_hash:
                return str(connection["channel_id"])
        for channel in self._all("/v1/channels"):
            if channel["name"] == CHANNEL and channel["connection_id"] is None:
                return str(channel["id"])
        return str(self._call("POST", "/v1/channels", {"name": CHANNEL})["id"])

    def install(self, channel_id: str, store_hash: str) -> None:
        """Install the app as a merchant would: follow the address, confirm, come back."""
        body = {"channel_id": channel_id, "method": "oauth2", "store_hash": store_hash}
        pending = self._call("POST", "/v1/connections", body)
        consent(pending["authorization_url"])
        connection = self._call("GET", f"/v1/connections/{pending['id']}")
        if connection["status"] != "active":
            raise CommandFailed(f"The connection is {connection['status']} after the install.")
        self._finish_setup(channel_id)

    def run(self, channel_id: str, integration: str) -> Iterator[Document]:
        """Start a run, or find the one that is active, and yield it until it is finished."""
        body = {"channel_id": channel_id, "integration": integration}
        answer = self.api.post("/v1/runs", json=body)
        problem = answer.json()
        if problem.get("code") == "run_active" and problem.get("run_id"):
            run_id = problem["run_id"]
        else:
            run_id = _document(answer)["id"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            run = self._call("GET", f"/v1/runs/{run_id}")
            yield run
            if run["status"] not in ACTIVE:
                return
            if time.monotonic() > deadline:
                raise CommandFailed(f"The run {run_id} is still going on; it goes on by itself.")
            self.check()
            time.sleep(POLL_SECONDS)

    def _finish_setup(self, channel_id: str) -> None:
        channel = self._call("GET", f"/v1/channels/{channel_id}")
        states = {step["key"]: step["status"] for step in channel["setup"]["steps"]}
        for key in REQUIRED_STEPS:
            if states[key] != "done":
                path = f"/v1/channels/{channel_id}/setup/{key}"
                self._call("POST", path, {"action": "complete"})

    def _all(self, path: str) -> Iterator[Document]:
        query = "?limit=200"
        while True:
            page = self._call("GET", path + query)
            yield from page["data"]
            if not page["next_cursor"]:
                return
            query = f"?limit=200&cursor={page['next_cursor']}"

    def _call(self, method: str, path: str, body: Document | None = None) -> Document:
        return _document(self.api.request(method, path, json=body))


def consent(authorization_url: str) -> None:
    """Do what a merchant's browser does from the address to the confirmed install."""
    with httpx.Client(follow_redirects=True, timeout=60, trust_env=False) as browser:
        page = browser.get(authorization_url)
        form = ConsentForm(page)
        if not form.action:
            raise CommandFailed(f"The store shows no install page (status {page.status_code}).")
        end = browser.post(urljoin(str(page.url), form.action), data=form.fields)
    if not end.is_success or not end.url.path.endswith("/install/succeeded"):
        raise CommandFailed(f"The install ended at {end.url.path} with status {end.status_code}.")


class ConsentForm(HTMLParser):
    """The install page's form, filled in by pressing its first button."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        if page.is_success:
            self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form's address and what it sends."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = self.action or given.get("action", "")
        elif tag in ("input", "button") and given.get("name"):
            self.fields.setdefault(given["name"], given.get("value", ""))


def _document(answer: httpx.Response) -> Document:
    """Return an answer's document; a refusal is told in the API's own words."""
    if answer.is_success:
        document: Document = answer.json()
        return document
    try:
        detail = answer.json().get("detail")
    except ValueError:
        detail = None
    raise CommandFailed(str(detail or f"{answer.request.url} answered {answer.status_code}."))
