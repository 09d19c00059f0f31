"""What a caller may say about a run, by integration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.channels.kinds import IntegrationType
from app.channels.schemas import DriftPolicy
from app.core.errors import FieldProblem, ValidationFailed
from app.core.schemas import GivenId

MAX_IDS = 10_000
ExternalId = Annotated[int, Field(ge=1, le=2**53)]


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReadParams(_Params):
    """Of Import Listings and Get Orders.

    `full` ignores the stored cursor; `external_ids` reads just those.
    """

    full: bool = False
    external_ids: Annotated[list[ExternalId], Field(min_length=1, max_length=MAX_IDS)] | None = None


class WriteParams(_Params):
    """Of Link Listings, and what Sync and Publish Listings have in common with it."""

    listing_ids: Annotated[list[GivenId], Field(min_length=1, max_length=MAX_IDS)] | None = None


class PublishParams(WriteParams):
    """Of Publish Listings; `undo_of` takes back what an earlier run has published."""

    undo_of: GivenId | None = None


class SyncParams(WriteParams):
    """Of Sync Listings.

    With `drift` listings are compared with the live store; `undo_of` takes back what an earlier
    run has written to it.
    """

    undo_of: GivenId | None = None
    drift: Literal["report", "repair", "adopt"] | DriftPolicy | None = None

    @model_validator(mode="after")
    def _one_thing_at_a_time(self) -> SyncParams:
        if self.drift is not None and self.undo_of is not None:
            raise ValueError("`drift` and `undo_of` are different runs: name one of them")
        return self


class ShipmentParams(_Params):
    """Of Sync Orders."""

    shipment_ids: Annotated[list[GivenId], Field(min_length=1, max_length=MAX_IDS)] | None = None


_MODELS: dict[IntegrationType, type[_Params]] = {
    IntegrationType.IMPORT_LISTINGS: ReadParams,
    IntegrationType.GET_ORDERS: ReadParams,
    IntegrationType.LINK_LISTINGS: WriteParams,
    IntegrationType.SYNC_LISTINGS: SyncParams,
    IntegrationType.PUBLISH_LISTINGS: PublishParams,
    IntegrationType.SYNC_ORDERS: ShipmentParams,
}


def check_params(integration: IntegrationType, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as stored; 422 names what is unknown or invalid."""
    try:
        checked = _MODELS[integration].model_validate(params)
    except ValidationError as error:
        problems = [
            FieldProblem(
                field=".".join(["params", *map(str, item["loc"])]),
                code="unknown_param" if item["type"] == "extra_forbidden" else str(item["type"]),
                message=str(item["msg"]),
            )
            for item in error.errors()
        ]
        detail = "; ".join(f"{item.field}: {item.message}" for item in problems[:3])
        raise ValidationFailed(detail, errors=problems) from error
    return checked.model_dump(mode="json", exclude_defaults=True)
