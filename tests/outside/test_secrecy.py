"""Store tokens and other secrets appear in no answer, no log line and no table in clear."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import asyncpg
import httpx
import redis

from tests.outside.driver import Service
from tests.outside.lookalike.goods import stock_up
from tests.outside.lookalike.login import CLIENT_SECRET
from tests.outside.lookalike.sales import sell
from tests.outside.lookalike.shop import Shop
from tests.outside.merchant import Merchant

STORE_LEVEL_SECRET = "store-level-client-secret-9f8e7d6c5b4a"


async def dump(url: str) -> str:
    """Every row of every table, bytes in hexadecimal as well as read as text."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name "
            "FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        parts: list[str] = []
        for table in tables:
            for row in await connection.fetch(f"SELECT * FROM {table['name']}"):
                parts += [
                    f"{value.hex()} {value.decode(errors='replace')}"
                    if isinstance(value, bytes)
                    else str(value)
                    for value in row.values()
                ]
        return "\n".join(parts)
    finally:
        await connection.close()


def redis_content(url: str) -> str:
    """Every key and value of a Redis database."""
    client = redis.Redis.from_url(url)
    parts: list[str] = []
    for key in client.scan_iter(count=1000):
        parts += [repr(key), repr(client.dump(key))]
    client.close()
    return "\n".join(parts)


def forms(secret: str) -> set[str]:
    """A secret as it is, in base64 and in hexadecimal."""
    raw = secret.encode()
    encoded = base64.b64encode(raw).decode().rstrip("=")
    return {secret, encoded[:-1], raw.hex(), raw.hex().upper()}


def hook_secret(shop: Shop) -> str:
    """The secret that the service gave to the store's hooks."""
    return str(next(iter(shop.hooks.values()))["headers"]["X-Quayside-Webhook-Secret"])


def exercise(merchant: Merchant, other: Merchant) -> tuple[set[str], list[str]]:
    """A busy day by both methods of connecting; gives all secrets and all answers."""
    answers: list[str] = []

    def keep(answer: httpx.Response) -> None:
        answer.read()
        answers.append(answer.text + str(answer.headers))

    merchant.http.event_hooks["response"].append(keep)
    other.http.event_hooks["response"].append(keep)
    stock_up(merchant.shop, 5)
    sell(merchant.shop, 5)
    merchant.install()
    secrets = {str(merchant.shop.token), hook_secret(merchant.shop), CLIENT_SECRET}
    merchant.run("import_listings")
    merchant.run("get_orders")
    other.open_channel()
    body = other.token_body(client_id="client", client_secret=STORE_LEVEL_SECRET)
    connection = other.send("POST", "/v1/connections", 201, json=body)
    path = f"/v1/connections/{connection['id']}"
    secrets |= {str(other.shop.token), hook_secret(other.shop), STORE_LEVEL_SECRET}
    other.send("POST", f"{path}/test")
    other.get(f"{path}/webhooks")
    other.get("/v1/audit-events", limit=200)
    merchant.get(f"/v1/connections/{merchant.connection_id}")
    wrong = {**body, "access_token": "wrong-token-0123456789abcdef"}
    assert other.http.post("/v1/connections", json=wrong).status_code == 422
    broken = {**body, "access_token": ["in-a-list-0123456789abcdef"], "nope": STORE_LEVEL_SECRET}
    assert other.http.post("/v1/connections", json=broken).status_code == 422
    secrets |= {"wrong-token-0123456789abcdef", "in-a-list-0123456789abcdef"}
    other.shop.behaviour.faults.extend(["500", "truncate"])
    other.http.post(f"{path}/test")
    other.shop.token = "another-token-0123456789"
    other.wait(other.start("get_orders"))
    return secrets, answers


async def test_no_secret_in_answers_logs_or_tables(
    service: Service, merchant: Merchant, stranger: Merchant
) -> None:
    secrets, answers = exercise(merchant, stranger)
    keys = {merchant.key, stranger.key}
    texts = {
        "answers": "\n".join(answers),
        "logs": service.logs(),
        "tables": await dump(service.database_url),
        "redis": await asyncio.to_thread(redis_content, service.redis_url),
        "metrics": httpx.get(f"{service.url}/metrics").text,
    }
    assert merchant.shop.hash in texts["tables"]
    own_secret_keys = set(service.environment["QUAYSIDE_SECRET_KEYS"].split(","))
    for secret in secrets | keys | own_secret_keys:
        for form in forms(secret):
            for place, text in texts.items():
                assert form not in text, f"{secret[:12]}… is in the {place}"


async def test_logs_carry_no_personal_data(service: Service, merchant: Merchant) -> None:
    sell(merchant.shop, 3)
    merchant.connect()
    merchant.run("get_orders")
    merchant.get("/v1/orders", channel_id=merchant.channel_id)
    text = service.logs()
    for private in ("buyer0@mail.example", "Quay-0", "Harbour Rd", "555-0100"):
        assert private not in text


def test_logs_are_json_lines_with_request_ids(service: Service, anonymous: httpx.Client) -> None:
    anonymous.get("/v1/channels")
    lines = Path(service.folder / "api.log").read_text().splitlines()
    parsed = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(line.get("request_id") for line in parsed)
