"""Adding variants to a product that exists: options and values first, then the variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.bigcommerce.client import StoreClient
from app.bigcommerce.errors import Conflict
from app.bigcommerce.models.catalog import ProductOption
from app.bigcommerce.resources import variants
from app.integrations.publishing.batches import Candidate
from app.integrations.publishing.payload import inherits
from app.integrations.publishing.plan import DesiredVariant, NotPublishable

KIND = "radio_buttons"


class OptionsChanged(NotPublishable):
    """The product has other options than the listing; a store cannot change that."""


@dataclass
class _Choices:
    """Options of a product and their values, by name in lower case."""

    options: dict[str, ProductOption] = field(default_factory=dict)
    values: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, option: ProductOption) -> None:
        """Note an option with its values."""
        name = option.display_name.casefold()
        self.options[name] = option
        for value in option.option_values:
            self.values[(name, value.label.casefold())] = value.id


async def add_variants(
    client: StoreClient,
    candidate: Candidate,
    wanted: Sequence[DesiredVariant],
    options: Sequence[ProductOption] | None,
) -> bool:
    """Add variants; return whether the store had some of them already.

    `options` are the product's if they were read just now.

    Raises `OptionsChanged`, Refused, and Unreachable with `sent`, after which the product has to
    be read again.
    """
    live = candidate.live
    assert live is not None  # noqa: S101 - only products that exist are refreshed
    choices = _Choices()
    if options is None:
        options = await variants.options(client, live.id)
    for option in options:
        choices.add(option)
    _check(choices, wanted, has_variants=live.has_options)
    await _make_choices(client, live.id, choices, wanted)
    adopted = False
    for variant in wanted:
        body = {
            name: value
            for name, value in variant.fields.items()
            if value is not None and not inherits(candidate.desired, variant, name)
        }
        body["sku"] = variant.sku
        body["option_values"] = [
            {
                "option_id": choices.options[name.casefold()].id,
                "id": choices.values[(name.casefold(), label.casefold())],
            }
            for name, label in variant.options.items()
        ]
        try:
            await variants.create(client, live.id, body)
        except Conflict as error:
            if "variant_exists" not in error.codes:
                raise
            adopted = True
    return adopted


def _check(choices: _Choices, wanted: Sequence[DesiredVariant], *, has_variants: bool) -> None:
    names = {name.casefold() for variant in wanted for name in variant.options}
    if has_variants and names != set(choices.options):
        there = ", ".join(option.display_name for option in choices.options.values())
        raise OptionsChanged(
            "options_changed",
            f"The product in the store has the options {there}. BigCommerce cannot change them:"
            " delist the listing and publish it again.",
            "bigcommerce_variant.option",
        )


async def _make_choices(
    client: StoreClient, product_id: int, choices: _Choices, wanted: Sequence[DesiredVariant]
) -> None:
    labels: dict[str, dict[str, str]] = {}
    shown: dict[str, str] = {}
    for variant in wanted:
        for name, label in variant.options.items():
            shown.setdefault(name.casefold(), name)
            labels.setdefault(name.casefold(), {}).setdefault(label.casefold(), label)
    for name, missing in labels.items():
        option = choices.options.get(name)
        if option is None:
            body = {
                "display_name": shown[name],
                "type": KIND,
                "option_values": [
                    {"label": label, "sort_order": place}
                    for place, label in enumerate(missing.values())
                ],
            }
            choices.add(await variants.create_option(client, product_id, body))
            continue
        for key, label in missing.items():
            if (name, key) not in choices.values:
                place = len(option.option_values) + len(choices.values)
                value = {"label": label, "sort_order": place}
                made = await variants.create_option_value(client, product_id, option.id, value)
                choices.values[(name, key)] = made.id
