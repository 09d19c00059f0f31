"""Whole records: nested groups in, nested groups out.

A record is `{"bigcommerce_product": {…}, "bigcommerce_variant": [{…}, …]}`; inside a group both
our keys and BigCommerce's own names are understood. `"bigcommerce_product.name": …` may stand at
the top as well, and so may the members of the root group: BigCommerce's product with its
`variants`, or its order with `products`, is a record. Each entry of a repeated group is mapped
together with everything that occurs once; what occurs once sees the first entry of each repeated
group. A line item is joined to its shipping address by `order_address_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from app.mapping.catalogue import CATALOGUES, Catalogue
from app.mapping.engine.compile import CompiledTemplate
from app.mapping.engine.context import Context, Record
from app.mapping.engine.evaluate import Evaluated, evaluate
from app.mapping.named import fold_named
from app.mapping.problems import Problem
from app.mapping.values import PLAIN, as_text, exact

PLURALS: Final = MappingProxyType(
    {
        "bigcommerce_variants": "bigcommerce_variant",
        "bigcommerce_line_items": "bigcommerce_line_item",
        "bigcommerce_shipping_addresses": "bigcommerce_shipping_address",
        "listing_variants": "listing_variant",
        "product_variants": "product_variant",
        "line_items": "line_item",
        "shipping_addresses": "shipping_address",
    }
)
CHILDREN: Final = MappingProxyType(
    {
        "variants": ("bigcommerce_variant", "product_variant"),
        "products": ("bigcommerce_line_item",),
    }
)
LINK: Final = frozenset({"url", "resource"})
"""What BigCommerce puts in place of a list that was not asked for."""
JOINED: Final = (
    ("bigcommerce_line_item", "bigcommerce_shipping_address"),
    ("line_item", "shipping_address"),
)


@dataclass(frozen=True, slots=True)
class RecordSources:
    """A record taken apart: what occurs once, and the entries of each repeated group."""

    base: dict[str, object]
    entries: Mapping[str, list[dict[str, object]]]

    def root(self) -> dict[str, object]:
        """What occurs once, with the first entry of each repeated group behind it."""
        merged: dict[str, object] = {}
        for entries in self.entries.values():
            merged.update(entries[0] if entries else {})
        merged.update(self.base)
        return merged


@dataclass(slots=True)
class MappedRecord:
    """The result of a whole record: one Evaluated per group, a list for repeated groups."""

    once: dict[str, Evaluated] = field(default_factory=dict)
    repeated: dict[str, list[Evaluated]] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """`failed` if any part failed, `skipped` if a part that occurs once was, else `mapped`."""
        parts = self.parts()
        if any(part.outcome == "failed" for part in parts):
            return "failed"
        return next((p.outcome for p in self.once.values() if p.outcome == "skipped"), "mapped")

    @property
    def reason(self) -> str:
        """The reason of the first part that was stopped."""
        return next((part.reason for part in self.parts() if part.reason), "")

    @property
    def problems(self) -> list[Problem]:
        """The problems of all parts."""
        return [problem for part in self.parts() for problem in part.problems]

    @property
    def ok(self) -> bool:
        """True when everything was mapped without an error."""
        return self.outcome == "mapped" and not any(p.severity == "error" for p in self.problems)

    def parts(self) -> list[Evaluated]:
        """All parts, what occurs once first."""
        return [*self.once.values(), *(part for parts in self.repeated.values() for part in parts)]

    def flat(self) -> dict[str, object]:
        """Values by target key; of a repeated group those of its first entry."""
        firsts = [parts[0] for parts in self.repeated.values() if parts]
        return {
            key: value
            for part in (*self.once.values(), *firsts)
            for key, value in part.values.items()
        }

    def nested(self) -> dict[str, Any]:
        """`{"listing": {"title": …}, "listing_variant": [{…}]}`; skipped entries are left out."""
        result: dict[str, Any] = {group: local_values(part) for group, part in self.once.items()}
        for group, parts in self.repeated.items():
            result[group] = [local_values(part) for part in parts if part.outcome == "mapped"]
        return result


def take_apart(integration: str, record: Mapping[str, object]) -> RecordSources:
    """A nested record as flat dictionaries keyed by source keys; floats become decimals."""
    return apart(CATALOGUES[integration], record)


def apart(catalogue: Catalogue, record: Mapping[str, object]) -> RecordSources:
    """The same for any catalogue."""
    shape = catalogue.shape
    repeated = [level.source for level in shape.repeated]
    known = {shape.root.source, *(level.source for level in shape.once), *repeated, *shape.context}
    base: dict[str, object] = {}
    entries: dict[str, list[dict[str, object]]] = {group: [] for group in repeated}
    for name, content in record.items():
        group = _group_of(name, known)
        if group in entries:
            items = content if isinstance(content, list | tuple) else [content]
            entries[group] = [
                flat_group(catalogue, group, item)
                for item in items
                if isinstance(item, Mapping) and not (item and item.keys() <= LINK)
            ]
        elif group and isinstance(content, Mapping):
            base.update(flat_group(catalogue, group, content))
        else:
            key = name if "." in name else f"{shape.root.source}.{name}"
            found = catalogue.source(key)
            key = found.key if found else key
            base[key] = exact(content)
    for group, found_entries in entries.items():
        single = {key: value for key, value in base.items() if key.startswith(f"{group}.")}
        if single and not found_entries:
            found_entries.append(single)
    _join_addresses(entries)
    return RecordSources(base, entries)


def _group_of(name: str, known: set[str]) -> str:
    """The group a member of a record stands for, by our name or by the store's; "" for a field."""
    singular = PLURALS.get(name, name)
    for candidate in (name, singular, f"bigcommerce_{singular}", *CHILDREN.get(name, ())):
        if candidate in known:
            return candidate
    return ""


def flat_group(
    catalogue: Catalogue, group: str, content: Mapping[str, object]
) -> dict[str, object]:
    """One group's fields keyed by source keys; our own names win over BigCommerce's."""
    flat: dict[str, object] = {}
    names = catalogue.sources.names.get(group, {})
    for name, value in content.items():
        field = names.get(name)
        key = field.key if field else f"{group}.{name}"
        if field is None or key not in flat or key == f"{group}.{name}":
            flat[key] = value if type(value) in PLAIN else exact(value)
    return flat


def _join_addresses(entries: Mapping[str, list[dict[str, object]]]) -> None:
    for line_group, address_group in JOINED:
        addresses = entries.get(address_group, [])
        by_id = {as_text(address.get(f"{address_group}.id")): address for address in addresses}
        key = f"{line_group}.order_address_id"
        for line in entries.get(line_group, []):
            own = line.get(f"{line_group}.shipping_address")
            if isinstance(own, Mapping):
                address = {f"{address_group}.{name}": value for name, value in own.items()}
            elif key not in line and len(addresses) == 1:
                address = addresses[0]
            else:
                address = by_id.get(as_text(line.get(key)), {})
            for name, value in address.items():
                line.setdefault(name, value)


def evaluate_record(
    template: CompiledTemplate,
    record: Mapping[str, object],
    context: Context,
    *,
    record_id: str = "",
) -> MappedRecord:
    """A whole nested record mapped group by group."""
    sources = take_apart(template.integration, record)
    return evaluate_sources(template, sources, context, record_id=record_id)


def evaluate_sources(
    template: CompiledTemplate, sources: RecordSources, context: Context, *, record_id: str = ""
) -> MappedRecord:
    """A record that was taken apart already, mapped group by group."""
    shape = template.catalogue.shape
    mapped = MappedRecord()
    root: Record = sources.root()
    for level in (shape.root, *shape.once):
        mapped.once[level.target] = _evaluated(template, root, context, level.target, record_id)
    for level in shape.repeated:
        mapped.repeated[level.target] = [
            _evaluated(template, {**sources.base, **entry}, context, level.target, record_id)
            for entry in sources.entries[level.source]
        ]
    return mapped


def _evaluated(
    template: CompiledTemplate, record: Record, context: Context, group: str, record_id: str
) -> Evaluated:
    result = evaluate(template, record, context, group=group, record_id=record_id)
    return fold_named(template.catalogue, result)


def local_values(evaluated: Evaluated) -> dict[str, object]:
    """Values by the key's part after the dot; fields by name are inside their list."""
    return {
        key.partition(".")[2]: value for key, value in evaluated.values.items() if ":" not in key
    }


def by_name(evaluated: Evaluated, family: str) -> dict[str, object]:
    """Values of a family of fields by name: `by_name(e, "listing.custom_field")`."""
    prefix = f"{family}:"
    return {
        key.removeprefix(prefix): value
        for key, value in evaluated.values.items()
        if key.startswith(prefix)
    }
