"""Bodies of the routes of aggregate fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, WrapValidator, model_validator

from app.core.schemas import Body, Id, Timestamp, View
from app.products.schemas import Quantity, Sku, keep_failure

Source = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class AggregateFieldBody(Body):
    """A field: what it is, how sources are combined, and which of them count (null: all)."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    kind: Literal["price", "quantity"]
    function: Literal["lowest", "highest", "average", "sum"]
    sources: Annotated[list[Source], Field(max_length=100)] | None = None
    ignore_out_of_stock: bool = False

    @model_validator(mode="after")
    def _prices_have_no_sum(self) -> AggregateFieldBody:
        if (self.kind, self.function) == ("price", "sum"):
            raise ValueError("prices cannot be summed up; use lowest, highest or average")
        return self


class AggregateFieldView(View):
    """An aggregate field."""

    id: Id
    name: str
    kind: str
    function: str
    sources: list[str] | None
    ignore_out_of_stock: bool
    created_at: Timestamp
    updated_at: Timestamp


class SourceValueBody(Body):
    """What a source says of a SKU; a value of null takes back what it said."""

    sku: Sku
    source: Source
    field: Annotated[str, Field(min_length=1, max_length=100)]
    value: Annotated[Decimal, Field(max_digits=20, decimal_places=6)] | None
    in_stock: Quantity | None = None


class SourceValuesRequest(Body):
    """Values to write."""

    values: Annotated[
        list[Annotated[SourceValueBody, WrapValidator(keep_failure)]], Field(max_length=5000)
    ]
