"""Words that templates are described with."""

from __future__ import annotations

from enum import StrEnum


class TemplateKind(StrEnum):
    """What a template is for: a run of an integration, or building listings of products."""

    IMPORT_LISTINGS = "import_listings"
    LINK_LISTINGS = "link_listings"
    """Maps no fields, so there are no templates of it; its lists of fields are empty."""
    SYNC_LISTINGS = "sync_listings"
    PUBLISH_LISTINGS = "publish_listings"
    GET_ORDERS = "get_orders"
    SYNC_ORDERS = "sync_orders"
    BUILD_LISTINGS = "build_listings"
    """Products become listings, by `POST /v1/listings/build`."""
