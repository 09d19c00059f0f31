"""The control API under `/sandbox`: JSON, no authentication, meant for loopback only.

It plays everybody who is not the app: shoppers, the merchant, other apps, the network.
`GET /sandbox` lists the operations.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.api.v3.product_view import whole
from sandbox.control import orders, platform, products
from sandbox.control.bodies import (
    DrainBody,
    EventBody,
    OrderPatch,
    OrdersBody,
    ProductPatch,
    StorePatch,
)
from sandbox.control.state import describe
from sandbox.errors import JSON, Refused
from sandbox.faults import FaultRule
from sandbox.settings import SandboxSettings
from sandbox.state import Sandbox
from sandbox.store.catalog import delete_product
from sandbox.store.records import Order, Product

Body = TypeVar("Body", bound=BaseModel)
Operation = Callable[[Request], Awaitable[object]]


class ControlApi:
    """Operations bound to one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._platform = platform.Platform(sandbox)

    def routes(self) -> list[Route]:
        """All routes of the control API."""
        return [
            Route(path, _endpoint(operation), methods=[method])
            for method, path, operation in self._operations()
        ]

    def _operations(self) -> list[tuple[str, str, Operation]]:
        return [
            ("GET", "/sandbox", self.index),
            ("GET", "/sandbox/state", self.state),
            ("PATCH", "/sandbox/store", self.change_store),
            ("POST", "/sandbox/reset", self.reset),
            ("POST", "/sandbox/orders", self.place_orders),
            ("GET", "/sandbox/orders/{id:int}", self.show_order),
            ("PATCH", "/sandbox/orders/{id:int}", self.change_order),
            ("POST", "/sandbox/products", self.create_product),
            ("GET", "/sandbox/products/{id:int}", self.show_product),
            ("PATCH", "/sandbox/products/{id:int}", self.change_product),
            ("DELETE", "/sandbox/products/{id:int}", self.delete_product),
            ("GET", "/sandbox/faults", self.list_faults),
            ("POST", "/sandbox/faults", self.add_faults),
            ("DELETE", "/sandbox/faults", self.clear_faults),
            ("GET", "/sandbox/requests", self.list_requests),
            ("DELETE", "/sandbox/requests", self.clear_requests),
            ("GET", "/sandbox/deliveries", self.list_deliveries),
            ("DELETE", "/sandbox/deliveries", self.clear_deliveries),
            ("POST", "/sandbox/deliveries/drain", self.drain_deliveries),
            ("POST", "/sandbox/events", self.send_event),
            *self._platform.operations(),
        ]

    async def index(self, request: Request) -> object:
        """This list."""
        return {
            f"{method} {path}": (operation.__doc__ or "").strip()
            for method, path, operation in self._operations()
        }

    async def state(self, request: Request) -> object:
        """Store hash, credentials, tokens, counts and the quota window."""
        return describe(self._sandbox)

    async def change_store(self, request: Request) -> object:
        """Change units, tax entry, status, stock settings, or open a location."""
        body = await read(request, StorePatch)
        return platform.change_store(self._sandbox, body)

    async def reset(self, request: Request) -> object:
        """Seed the store anew; the body may hold settings to change."""
        changes = await _object(request)
        known = {**self._sandbox.settings.model_dump(), **changes}
        unknown = set(changes) - set(SandboxSettings.model_fields)
        if unknown:
            raise Refused(422, f"Unknown settings: {', '.join(sorted(unknown))}")
        await self._sandbox.reset(SandboxSettings(**known))
        return describe(self._sandbox)

    async def place_orders(self, request: Request) -> object:
        """Place one or `count` orders; every field has a default."""
        placed = orders.place(self._sandbox, await read(request, OrdersBody))
        return {"ids": placed, "order": orders.show(self._sandbox.store.orders[placed[-1]])}

    async def show_order(self, request: Request) -> object:
        """An order with everything that belongs to it."""
        return orders.show(self._order(request))

    async def change_order(self, request: Request) -> object:
        """Change status, lines or texts, archive, or refund."""
        order = self._order(request)
        orders.patch(self._sandbox, order, await read(request, OrderPatch))
        return orders.show(order)

    async def create_product(self, request: Request) -> object:
        """Make a product from a v3 body, without the API's checks."""
        return whole(products.create(self._sandbox.store, await _object(request)))

    async def show_product(self, request: Request) -> object:
        """A product with everything that belongs to it."""
        return whole(self._product(request))

    async def change_product(self, request: Request) -> object:
        """Write fields of a product and its variants, without the API's checks."""
        product = self._product(request)
        products.patch(self._sandbox.store, product, await read(request, ProductPatch))
        return whole(product)

    async def delete_product(self, request: Request) -> object:
        """Delete a product."""
        delete_product(self._sandbox.store, self._product(request))
        return {"deleted": True}

    async def list_faults(self, request: Request) -> object:
        """Fault rules with how often they were met and struck."""
        return {"faults": self._sandbox.faults.describe()}

    async def add_faults(self, request: Request) -> object:
        """Add fault rules: one rule, a list, or `{"rules": [...]}`."""
        parsed = msgspec.json.decode(await request.body() or b"[]")
        rules = parsed.get("rules", [parsed]) if isinstance(parsed, dict) else parsed
        checked = TypeAdapter(list[FaultRule]).validate_python(rules)
        return {"faults": self._sandbox.faults.add(checked)}

    async def clear_faults(self, request: Request) -> object:
        """Remove all fault rules."""
        self._sandbox.faults.clear()
        return {"faults": []}

    async def list_requests(self, request: Request) -> object:
        """Requests to the store API with a number above `since`, and counts per endpoint."""
        since = int(request.query_params.get("since", "0"))
        log = self._sandbox.log
        return {"requests": log.since(since), "counts": log.counts(), "total": log.total()}

    async def clear_requests(self, request: Request) -> object:
        """Forget the request log."""
        self._sandbox.log.clear()
        return {"requests": []}

    async def list_deliveries(self, request: Request) -> object:
        """Webhook deliveries: every attempt with its outcome."""
        deliveries = self._sandbox.deliveries
        return {"deliveries": deliveries.log(), "pending": deliveries.pending()}

    async def clear_deliveries(self, request: Request) -> object:
        """Forget past deliveries."""
        self._sandbox.deliveries.clear()
        return {"deliveries": []}

    async def drain_deliveries(self, request: Request) -> object:
        """Wait until no delivery is under way."""
        body = await read(request, DrainBody)
        return {"drained": await self._sandbox.deliveries.drain(float(body.timeout_s))}

    async def send_event(self, request: Request) -> object:
        """Send a webhook event of any scope and data."""
        body = await read(request, EventBody)
        self._sandbox.store.announce(body.scope, body.data)
        return {"sent": True}

    def _order(self, request: Request) -> Order:
        found = self._sandbox.store.orders.get(request.path_params["id"])
        if found is None:
            raise Refused(404, "No such order.")
        return found

    def _product(self, request: Request) -> Product:
        found = self._sandbox.store.products.get(request.path_params["id"])
        if found is None:
            raise Refused(404, "No such product.")
        return found


async def read(request: Request, model: type[Body]) -> Body:
    """The request's body as a model; an empty body counts as `{}`."""
    return model.model_validate_json(await request.body() or b"{}")


async def _object(request: Request) -> JSON:
    parsed: Any = msgspec.json.decode(await request.body() or b"{}")
    if not isinstance(parsed, dict):
        raise Refused(422, "The body must be an object.")
    return parsed


def _endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        status = 200
        try:
            answer = await operation(request)
        except Refused as refusal:
            status, answer = refusal.status, {"error": refusal.title}
        except (ValidationError, msgspec.DecodeError, ValueError) as problem:
            status, answer = 422, {"error": str(problem)}
        return Response(msgspec.json.encode(answer), status, media_type="application/json")

    return endpoint
