"""The look-alike on a loopback port, in a thread of its own."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.outside.lookalike import catalog, desk, ledger
from tests.outside.lookalike.gate import Handler, Refused, error_body, guarded
from tests.outside.lookalike.login import Login
from tests.outside.lookalike.shop import Shop

PRODUCTS, ORDERS, INFORMATION = "store_v2_products", "store_v2_orders", "store_v2_information"
READS: list[tuple[str, Handler, str]] = [
    ("v3/catalog/products", catalog.products, PRODUCTS),
    ("v3/catalog/products/{id:int}", catalog.product, PRODUCTS),
    ("v3/catalog/variants", catalog.variants, PRODUCTS),
    ("v3/catalog/summary", catalog.summary, PRODUCTS),
    ("v3/catalog/brands", catalog.brands, PRODUCTS),
    ("v3/catalog/trees", catalog.trees, PRODUCTS),
    ("v3/catalog/trees/categories", catalog.tree_categories, PRODUCTS),
    ("v3/catalog/trees/{tree:int}/categories", catalog.nested_tree, PRODUCTS),
    ("v3/catalog/categories", catalog.old_categories, PRODUCTS),
    ("v3/catalog/categories/tree", catalog.nested_tree, PRODUCTS),
    ("v3/inventory/items", catalog.stock, "store_inventory"),
    ("v3/inventory/locations", desk.empty, "store_locations"),
    ("v3/channels", desk.empty, "store_channel_settings"),
    ("v2/store", desk.store, INFORMATION),
    ("v2/time", desk.clock, INFORMATION),
    ("v2/currencies", desk.currencies, INFORMATION),
    ("v2/countries", desk.countries, INFORMATION),
    ("v2/countries/{id:int}/states", desk.country_states, INFORMATION),
    ("v2/orders", ledger.orders, ORDERS),
    ("v2/orders/count", ledger.count, ORDERS),
    ("v2/orders/{id:int}", ledger.order, ORDERS),
    ("v2/orders/{id:int}/products", ledger.order_products, ORDERS),
    ("v2/orders/{id:int}/shipping_addresses", ledger.order_addresses, ORDERS),
    ("v2/orders/{id:int}/shipments", ledger.nothing, ORDERS),
    ("v2/orders/{id:int}/coupons", ledger.nothing, ORDERS),
    ("v2/order_statuses", ledger.statuses, ORDERS),
    ("v3/hooks", desk.hooks, ""),
    ("v3/hooks/admin", desk.hooks_admin, ""),
]


class _Protocol(HttpToolsProtocol):
    """Lets the look-alike break its own connections."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # an extra key on purpose
        scope["lookalike.transport"] = self.transport


@dataclass
class BigCommerce:
    """The running look-alike; one address serves the API and the login host."""

    url: str
    shops: dict[str, Shop] = field(default_factory=dict)
    login: Login = field(default_factory=lambda: Login({}))

    def open_shop(self, **changes: Any) -> Shop:
        """A new empty store with a token."""
        store_hash = f"k{secrets.token_hex(5)}"
        shop = Shop(store_hash, token=secrets.token_hex(16), **changes)
        self.shops[store_hash] = shop
        return shop


class Server:
    """Runs the look-alike; a context manager that gives a `BigCommerce`."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.big_commerce = BigCommerce(f"http://127.0.0.1:{port}")
        self.big_commerce.login.shops = self.big_commerce.shops
        config = uvicorn.Config(
            _application(self.big_commerce),
            http=_Protocol,
            log_config=None,
            lifespan="off",
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> BigCommerce:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self.big_commerce

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._socket.close()


def _application(big_commerce: BigCommerce) -> Starlette:
    shops, login = big_commerce.shops, big_commerce.login

    def route(path: str, handler: Handler, scope: str, *methods: str) -> Route:
        endpoint = guarded(shops, handler, scope)
        return Route(f"/stores/{{hash}}/{path}", endpoint, methods=list(methods))

    return Starlette(
        routes=[
            *(route(path, handler, scope, "GET") for path, handler, scope in READS),
            route("v3/hooks", desk.create_hook, "", "POST"),
            route("v3/hooks/{id:int}", desk.one_hook, "", "GET", "PUT", "DELETE"),
            Route("/app/{client_id}/install", login.install),
            Route("/app/{client_id}/install/{outcome}", login.done),
            Route("/oauth2/token", login.token, methods=["POST"]),
            route("{rest:path}", _unknown, "", "GET", "POST", "PUT", "DELETE", "PATCH"),
            Route("/{rest:path}", _nowhere, methods=["GET", "POST"]),
        ]
    )


async def _unknown(shop: Shop, request: Request) -> tuple[int, Any]:
    raise Refused(404)


async def _nowhere(request: Request) -> Response:
    return JSONResponse(error_body("v3", Refused(404)), 404)
