"""One request to the store API on its way to a handler, and the answer on its way back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.access import Grant
from sandbox.errors import JSON, Refused, not_found, unsupported_field
from sandbox.faults import FaultRule
from sandbox.state import Sandbox
from sandbox.store.records import Order, Product
from sandbox.store.store import Store


@dataclass(frozen=True)
class Call:
    """A request that passed authentication, scopes and quota."""

    sandbox: Sandbox
    grant: Grant
    version: str
    path: str
    ids: dict[str, int]
    query: dict[str, str]
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    partly: FaultRule | None = None

    @property
    def store(self) -> Store:
        """The store the request is about."""
        return self.sandbox.store

    def product(self) -> Product:
        """The product of the path. Raises Refused 404."""
        found = self.store.products.get(self.ids["product_id"])
        if found is None:
            raise not_found()
        return found

    def order(self) -> Order:
        """The order of the path. Raises Refused 404."""
        found = self.store.orders.get(self.ids["order_id"])
        if found is None:
            raise not_found()
        return found

    def json_object(self) -> JSON:
        """The body as an object. Raises Refused 400/422."""
        if not isinstance(self.body, dict):
            raise Refused(400 if self.version == "v2" else 422, "JSON data is missing or invalid")
        return self.body

    def json_array(self) -> list[Any]:
        """The body as an array. Raises Refused 422."""
        if not isinstance(self.body, list):
            raise Refused(422, "JSON data is missing or invalid")
        return self.body

    def allow(self, *names: str) -> None:
        """v2: refuse query parameters other than these (FACTS 2.4)."""
        for name in self.query:
            if name not in names:
                raise unsupported_field(name)


@dataclass(frozen=True)
class Answer:
    """What a handler answers; `body=None` means no body at all."""

    body: Any = None
    status: int = 200


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path. `scope` is the base name; reading also works with `_read_only`."""

    method: str
    path: str
    handler: Handler
    scope: str | None = None


def data(value: object, meta: JSON | None = None, status: int = 200) -> Answer:
    """The v3 envelope."""
    return Answer({"data": value, "meta": meta or {}}, status)
