"""A client library for BigCommerce stores: async, typed, gentle with a shared quota.

    http = open_http()
    client = StoreClient(
        http, api_url="https://api.bigcommerce.com", store_hash=…, access_token=…,
        pacing=MemoryPacingStore(time.time), clock=time.time, rng=random.Random(), lane="orders",
    )
    async for page in orders.pages(client, cursor, filters={"min_date_modified": since}):
        ...  # store page.items and page.cursor together

Resources are modules of ``resources``, records are in ``models``, errors in ``errors``. The
library knows HTTP and BigCommerce and nothing of the program around it.
"""

from app.bigcommerce import errors
from app.bigcommerce.client import RequestRecord, StoreClient
from app.bigcommerce.pacing import (
    Lane,
    MemoryPacingStore,
    PacingState,
    PacingStore,
    Policy,
    Quota,
    read_quota,
)
from app.bigcommerce.pages import Cursor, Listing, Page, walk
from app.bigcommerce.problems import Problem
from app.bigcommerce.wire import Answer, open_http

__all__ = [
    "Answer",
    "Cursor",
    "Lane",
    "Listing",
    "MemoryPacingStore",
    "PacingState",
    "PacingStore",
    "Page",
    "Policy",
    "Problem",
    "Quota",
    "RequestRecord",
    "StoreClient",
    "errors",
    "open_http",
    "read_quota",
    "walk",
]
