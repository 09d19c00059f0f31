"""A tenant of the service with a channel, and the calls one makes all day."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx

from tests.outside.driver import Service
from tests.outside.lookalike.shop import Record, Shop

FINISHED = {"succeeded", "completed_with_errors", "failed", "cancelled"}


class Merchant:
    """A channel of some account, connected to one store of the look-alike."""

    def __init__(self, service: Service, shop: Shop, key: str) -> None:
        self.service = service
        self.shop = shop
        self.key = key
        self.http = service.client(key)
        self.channel_id = ""
        self.connection_id = ""

    def open_channel(self, **changes: Any) -> Record:
        """Create the channel."""
        body = {"name": "Store", "type": "bigcommerce", **changes}
        channel: Record = self.send("POST", "/v1/channels", 201, json=body)
        self.channel_id = channel["id"]
        return channel

    def connect(self) -> Record:
        """Connect by API token."""
        if not self.channel_id:
            self.open_channel()
        connection: Record = self.send("POST", "/v1/connections", 201, json=self.token_body())
        self.connection_id = connection["id"]
        self.shop.log.clear()
        return connection

    def install(self) -> httpx.Response:
        """Connect by opening the authorization URL in a browser; gives the page it ends on."""
        self.open_channel()
        body = {
            "channel_id": self.channel_id,
            "method": "oauth2",
            "store_hash": self.shop.hash,
        }
        pending = self.send("POST", "/v1/connections", 201, json=body)
        assert pending["status"] == "pending"
        self.connection_id = pending["id"]
        self.service.big_commerce.login.signed_in = self.shop.hash
        with httpx.Client(follow_redirects=True, timeout=30) as window:
            return window.get(pending["authorization_url"])

    def token_body(self, **changes: Any) -> Record:
        """The body that connects the shop by its token."""
        return {
            "channel_id": self.channel_id,
            "method": "api_token",
            "store_hash": self.shop.hash,
            "access_token": self.shop.token,
            **changes,
        }

    def send(self, method: str, path: str, expected: int = 200, **more: Any) -> Any:
        """Send a request and expect a status; gives the body."""
        answer = self.http.request(method, path, **more)
        assert answer.status_code == expected, (
            f"{method} {path}: {answer.status_code} {answer.text}"
        )
        return answer.json() if answer.content else None

    def get(self, path: str, **params: Any) -> Any:
        """GET something that must be there."""
        return self.send("GET", path, params=params)

    def all(self, path: str, **params: Any) -> list[Record]:
        """Every row of a list, by its cursors."""
        rows: list[Record] = []
        for page in self.pages(path, **params):
            rows += page["data"]
        return rows

    def pages(self, path: str, **params: Any) -> Iterator[Record]:
        """The pages of a list."""
        cursor = None
        while True:
            more: Record = {"cursor": cursor} if cursor else {}
            page = self.get(path, **{"limit": 200, **params, **more})
            yield page
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def start(self, integration: str, **params: Any) -> Record:
        """Start a run of the channel."""
        body = {"channel_id": self.channel_id, "integration": integration, "mode": "execute"}
        run: Record = self.send("POST", "/v1/runs", 202, json={**body, "params": params})
        return run

    def wait(self, run: Record, seconds: float = 60) -> Record:
        """Wait for a run to finish."""
        return self.wait_for(run, FINISHED, seconds)

    def wait_for(self, run: Record, statuses: set[str], seconds: float = 60) -> Record:
        """Wait for a run to come into one of some states."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                run = self.get(f"/v1/runs/{run['id']}")
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if run["status"] in statuses:
                return run
            time.sleep(0.1)
        raise AssertionError(f"{run}\n{self.service.logs()[-2000:]}")

    def run(self, integration: str, **params: Any) -> Record:
        """Run to the end, and expect it to have succeeded."""
        finished = self.wait(self.start(integration, **params))
        log = [line["message"] for line in self.all(f"/v1/runs/{finished['id']}/log")]
        assert finished["status"] == "succeeded", f"{finished}\n{log}"
        return finished
