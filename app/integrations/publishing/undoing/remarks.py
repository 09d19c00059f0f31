"""Why something stays in the store although the run that made it is taken back."""

from __future__ import annotations

from typing import Final

from app.integrations.publishing.plan import Remark

CHANGED: Final = "changed_since"


def changed_since(place: str) -> Remark:
    """Somebody else has been there."""
    name = place.partition(".")[2] or place
    text = f"Somebody has changed {name} in the store since, so it was left alone."
    return Remark(CHANGED, text, place)


def product_changed(fields: list[str]) -> Remark:
    """A product that the run made and somebody has worked on since."""
    text = (
        f"Somebody has changed {', '.join(fields[:5])} of the product in the store since, so it was"
        " not deleted."
    )
    return Remark(CHANGED, text, f"bigcommerce_product.{fields[0].replace(' ', '_')}")


def value_stays(place: str) -> Remark:
    """The store cannot go back."""
    name = place.partition(".")[2] or place
    text = f"The store takes no empty value for {name}, so the one that was sent stays."
    return Remark("value_stays", text, place)


def options_stay() -> Remark:
    """A product without options has got some."""
    text = (
        "The product had no options before. BigCommerce does not bring back what it was without"
        " its variants, so they stay."
    )
    return Remark("options_stay", text, "bigcommerce_variant.option")


def sold_since(what: str) -> Remark:
    """Buyers have been there."""
    text = f"Units of {what} have been ordered or taken from stock since, so it was not deleted."
    return Remark("sold_since", text, None)


def not_settled() -> Remark:
    """The run ended before it had seen what came of its request."""
    text = (
        "It is not known what the store made of this, because the run ended before the answer."
        " Publish the listing again, and take that back."
    )
    return Remark("not_settled", text, None)


def gone() -> Remark:
    """Nothing is left to take back."""
    return Remark("not_in_store", "The product is no longer in the store.", None)
