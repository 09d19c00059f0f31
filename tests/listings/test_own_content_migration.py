"""Whose content rows are that are older than the question."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import asyncpg

from app.local.schema import downgrade, upgrade
from app.local.sql import run_sql

ACCOUNT, CHANNEL = UUID(int=1), UUID(int=2)
BORN = "2026-01-01T00:00:00Z"
LATER = "2026-01-02T00:00:00Z"

ROWS = f"""
    INSERT INTO accounts (id, name) VALUES ('{ACCOUNT}', 'Harbour Goods');
    INSERT INTO channels (id, account_id, name, type, setup)
    VALUES ('{CHANNEL}', '{ACCOUNT}', 'Shop', 'bigcommerce', '{{}}');
    INSERT INTO products (id, account_id, sku, sku_key, created_at) VALUES
        ('{UUID(int=11)}', '{ACCOUNT}', 'imported', 'imported', '{BORN}'),
        ('{UUID(int=12)}', '{ACCOUNT}', 'put', 'put', '{BORN}');
    INSERT INTO listings
        (id, account_id, channel_id, sku, external_id, external_number, extra, pending,
         product_id, first_seen_at)
    VALUES
        ('{UUID(int=21)}', '{ACCOUNT}', '{CHANNEL}', 'imported', '1', 1, '{{}}', NULL,
         '{UUID(int=11)}', '{BORN}'),
        ('{UUID(int=22)}', '{ACCOUNT}', '{CHANNEL}', 'linked', '2', 2, '{{"attributes": []}}',
         NULL, '{UUID(int=12)}', '{LATER}'),
        ('{UUID(int=23)}', '{ACCOUNT}', '{CHANNEL}', 'built', NULL, NULL, '{{}}', 'published',
         '{UUID(int=12)}', '{LATER}'),
        ('{UUID(int=24)}', '{ACCOUNT}', '{CHANNEL}', 'published', '4', 4, '{{}}', 'overwrite',
         '{UUID(int=12)}', '{LATER}');
    INSERT INTO listing_publications (listing_id, run_id, status, name, version, creates)
    VALUES ('{UUID(int=24)}', '{UUID(int=31)}', 'done', 'published', 1, true);
"""


async def test_what_was_made_here_is_ours(make_database: Callable[[], str]) -> None:
    url = make_database()
    await upgrade(url)
    await downgrade(url, "0006-1")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(ROWS)
    finally:
        await connection.close()
    await upgrade(url)
    own = "own_content ? '*'"
    for table, name in (("listings", "imported"), ("products", "imported")):
        (row,) = run_sql(url, f"SELECT sku FROM {table} WHERE NOT {own}")
        assert row["sku"] == name
    (row,) = run_sql(url, "SELECT sku FROM listings WHERE unsent")
    assert row["sku"] == "published"
