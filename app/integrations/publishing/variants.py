"""What the store asks of variants, checked before anything is sent."""

from __future__ import annotations

from typing import Final

from app.channels.settings import PublishListingsSettings
from app.integrations.publishing.plan import Desired, DesiredVariant, NotPublishable

LONGEST_OPTION: Final = 250
MOST_VALUES: Final = 250
_OPTION: Final = "bigcommerce_variant.option"
_SKU: Final = "bigcommerce_variant.sku"


def check_variants(desired: Desired, settings: PublishListingsSettings) -> None:
    """Raise `NotPublishable` for variants that the store could not keep apart."""
    variants = desired.variants
    if not variants:
        raise NotPublishable("no_variants", "The listing has no variant that is mapped.", None)
    if len(variants) > settings.max_variants:
        raise NotPublishable(
            "too_many_variants",
            f"The listing has {len(variants)} variants; the setting `max_variants` allows"
            f" {settings.max_variants}.",
            _OPTION,
        )
    names = set(variants[0].options)
    values: dict[str, set[str]] = {}
    combinations: dict[tuple[str, ...], str] = {}
    skus: dict[str, str] = {}
    for variant in variants:
        _check_options(variant, names)
        _check_unique(variant.options, variant.sku, combinations, skus)
        for name, label in variant.options.items():
            values.setdefault(name, set()).add(label)
    if str(desired.fields.get("sku") or "").lower() in skus:
        # A SKU belongs to one thing in the store, and what can be bought comes first.
        del desired.fields["sku"]
    for name, labels in values.items():
        if len(labels) > MOST_VALUES:
            raise NotPublishable(
                "too_many_values",
                f"Option {name} has {len(labels)} values; BigCommerce takes {MOST_VALUES}.",
                _OPTION,
            )


def _check_options(variant: DesiredVariant, names: set[str]) -> None:
    if not variant.options or set(variant.options) != names:
        raise NotPublishable(
            "options_differ",
            f"Variant {variant.sku} has other options than the first. Every variant needs a"
            " value for each option.",
            _OPTION,
        )
    if any(len(text) > LONGEST_OPTION for pair in variant.options.items() for text in pair):
        raise NotPublishable(
            "option_too_long",
            f"An option of variant {variant.sku} has more than {LONGEST_OPTION} characters.",
            _OPTION,
        )
    if not variant.sku:
        raise NotPublishable(
            "sku_missing", "A variant has no SKU. BigCommerce needs one for each.", _SKU
        )


def _check_unique(
    options: dict[str, str],
    sku: str,
    combinations: dict[tuple[str, ...], str],
    skus: dict[str, str],
) -> None:
    if sku.lower() in skus:
        text = f"Two variants of this listing have the SKU {sku}; capitals do not count."
        raise NotPublishable("sku_duplicate", text, _SKU)
    combination = tuple(options[name] for name in sorted(options))
    if combination in combinations:
        text = (
            f"Variants {combinations[combination]} and {sku} have the same options:"
            f" {', '.join(combination)}."
        )
        raise NotPublishable("option_combination_duplicate", text, _OPTION)
    skus[sku.lower()] = sku
    combinations[combination] = sku
