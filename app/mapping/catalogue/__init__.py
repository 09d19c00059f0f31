"""The field catalogue: every source and target of every integration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from app.mapping.catalogue import (
    build_listings,
    get_orders,
    import_listings,
    publish_listings,
    publish_variants,
    sync_listings,
    sync_orders,
)
from app.mapping.catalogue.fields import (
    GROUP_LABELS,
    Field,
    FieldType,
    Integration,
    Level,
    NamedField,
    Shape,
)

__all__ = [
    "CATALOGUES",
    "GROUP_LABELS",
    "Catalogue",
    "Field",
    "FieldType",
    "Integration",
    "Level",
    "NamedField",
    "Shape",
    "catalogue_of",
    "describe",
]


class UnknownIntegration(LookupError):
    """There is no integration of this name."""


@dataclass(frozen=True, slots=True)
class Side:
    """Sources or targets: looked up by key, by another accepted name, or by family and name."""

    fields: tuple[Field, ...]
    named: tuple[NamedField, ...]
    keys: Mapping[str, Field]
    names: Mapping[str, Mapping[str, Field]]
    """Fields by group and by every name they have in it, aliases included."""

    def find(self, key: str) -> Field | None:
        """The field of this key or alias; a field by name carries that name in its key."""
        found = self.keys.get(key)
        if found is not None or ":" not in key:
            return found
        family = self.family(key)
        name = key.partition(":")[2].strip()
        if family is None or not name:
            return None
        return replace(family.field, key=f"{family.field.key}:{name}", label=name)

    def family(self, key: str) -> NamedField | None:
        """The family that a key with a colon belongs to."""
        prefix = key.partition(":")[0]
        return next((family for family in self.named if family.field.key == prefix), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Sources and targets of one integration, and how its records hang together."""

    integration: str
    shape: Shape
    sources: Side
    targets: Side

    def source(self, key: str) -> Field | None:
        """The source of this key, alias or name, or None."""
        return self.sources.find(key)

    def target(self, key: str) -> Field | None:
        """The target of this key, alias or name, or None."""
        return self.targets.find(key)


def catalogue_of(integration: str) -> Catalogue:
    """The catalogue of an integration; raises UnknownIntegration."""
    try:
        return CATALOGUES[integration]
    except KeyError:
        raise UnknownIntegration(integration) from None


def describe(integration: str) -> dict[str, list[dict[str, object]]]:
    """The catalogue as `GET /v1/fields/{type}` answers it: source and target fields."""
    catalogue = catalogue_of(integration)
    return {
        "source": [_described(field) for field in _with_named(catalogue.sources)],
        "target": [
            {**_described(field), "required": field.required}
            for field in _with_named(catalogue.targets)
        ],
    }


def _with_named(side: Side) -> Iterable[Field]:
    yield from side.fields
    for family in side.named:
        yield replace(family.field, key=f"{family.field.key}:{family.field.example}")


def _described(field: Field) -> dict[str, object]:
    described: dict[str, object] = {
        "key": field.key,
        "label": field.label,
        "group": field.group_label,
        "type": field.type.value,
        "example": field.example,
        "bigcommerce": field.bigcommerce or _native(field),
    }
    if field.max_length is not None:
        described["max_length"] = field.max_length
    if field.enumeration:
        described["enumeration"] = list(field.enumeration)
    if field.aliases:
        described["aliases"] = list(field.aliases)
    if field.named:
        described["by_name"] = True
    return described


def _native(field: Field) -> str | None:
    if not field.group.startswith("bigcommerce_"):
        return None
    return field.key.partition(".")[2]


def _side(fields: tuple[Field, ...], named: tuple[NamedField, ...]) -> Side:
    keys: dict[str, Field] = {}
    for field in fields:
        for alias in field.aliases:
            keys.setdefault(alias, field)
    keys.update({field.key: field for field in fields})
    names: dict[str, dict[str, Field]] = {}
    for key, field in keys.items():
        group, _, name = key.partition(".")
        if group == field.group:
            names.setdefault(group, {})[name] = field
    return Side(fields, named, MappingProxyType(keys), MappingProxyType(names))


def _empty() -> Side:
    return _side((), ())


CATALOGUES: Final[Mapping[str, Catalogue]] = MappingProxyType(
    {
        "build_listings": Catalogue(
            "build_listings",
            build_listings.SHAPE,
            _side(build_listings.SOURCES, build_listings.NAMED_SOURCES),
            _side(build_listings.TARGETS, build_listings.NAMED_TARGETS),
        ),
        "import_listings": Catalogue(
            "import_listings",
            import_listings.SHAPE,
            _side(import_listings.SOURCES, import_listings.NAMED_SOURCES),
            _side(import_listings.TARGETS, import_listings.NAMED_TARGETS),
        ),
        "link_listings": Catalogue(
            "link_listings", Shape(Level("listing", "listing")), _empty(), _empty()
        ),
        "sync_listings": Catalogue(
            "sync_listings",
            sync_listings.SHAPE,
            _side(sync_listings.SOURCES, sync_listings.NAMED_SOURCES),
            _side(sync_listings.TARGETS, sync_listings.NAMED_TARGETS),
        ),
        "publish_listings": Catalogue(
            "publish_listings",
            publish_listings.SHAPE,
            _side(publish_listings.SOURCES, publish_listings.NAMED_SOURCES),
            _side(
                publish_listings.PRODUCT_TARGETS + publish_variants.VARIANT_TARGETS,
                publish_listings.NAMED_TARGETS,
            ),
        ),
        "get_orders": Catalogue(
            "get_orders",
            get_orders.SHAPE,
            _side(get_orders.SOURCES, get_orders.NAMED_SOURCES),
            _side(get_orders.TARGETS, get_orders.NAMED_TARGETS),
        ),
        "sync_orders": Catalogue(
            "sync_orders",
            sync_orders.SHAPE,
            _side(sync_orders.SOURCES, sync_orders.NAMED_SOURCES),
            _side(sync_orders.TARGETS, sync_orders.NAMED_TARGETS),
        ),
    }
)
