"""The app's side of callbacks and webhooks, as an httpx transport handler."""

import json

import httpx


class Receiver:
    """Remembers what the platform sent and answers with the statuses it was given."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.statuses: list[int] = []
        self.always = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else self.always
        return httpx.Response(status, text="ok")

    def events(self) -> list[dict[str, object]]:
        """Bodies of the webhooks received so far."""
        return [json.loads(r.content) for r in self.requests if r.method == "POST"]

    def scopes(self) -> list[object]:
        """Scopes of the webhooks received so far."""
        return [event["scope"] for event in self.events()]
