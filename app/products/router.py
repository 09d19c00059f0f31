"""`/v1/products` and `/v1/stock`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.accounts.auth import Reader, Writer
from app.accounts.idempotency import IdempotentRoute
from app.core.deps import Uow
from app.core.pagination import Page, PageRequest, paginate
from app.core.schemas import GivenId
from app.products import service
from app.products.aggregate_router import router as aggregate_router
from app.products.csv_router import router as csv_router
from app.products.repository import get_product, products_of
from app.products.schemas import Counts, ProductsRequest, ProductView, StockRequest

router = APIRouter(prefix="/v1", tags=["products"], route_class=IdempotentRoute)
router.include_router(aggregate_router)
router.include_router(csv_router)  # before the routes by id, which would take `csv` for one


@router.put("/products")
async def put_products(body: ProductsRequest, uow: Uow, caller: Writer) -> Counts:
    """Create or update up to 1000 products by SKU; items fail one by one."""
    return await service.put_products(uow, caller.account_id, body.products)


@router.get("/products")
async def get_products(
    uow: Uow,
    caller: Reader,
    page: Annotated[PageRequest, Depends()],
    sku: Annotated[str | None, Query(max_length=255)] = None,
) -> Page[ProductView]:
    """List products with their variants and stock, oldest first."""
    found = await paginate(uow.session, products_of(caller.account_id, sku=sku), page)
    views = await service.view_products(uow, caller.account_id, found.rows)
    return Page(data=views, next_cursor=found.next_cursor)


@router.get("/products/{product_id}")
async def get_one_product(product_id: GivenId, uow: Uow, caller: Reader) -> ProductView:
    """Return one product with its variants and stock."""
    product = await get_product(uow, caller.account_id, product_id)
    return (await service.view_products(uow, caller.account_id, [product]))[0]


@router.put("/stock")
async def put_stock(body: StockRequest, uow: Uow, caller: Writer) -> Counts:
    """Write up to 5000 stock levels; items fail one by one."""
    return await service.put_stock(uow, caller.account_id, body.levels)
