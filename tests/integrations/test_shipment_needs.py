"""What a Sync Orders template asks of a shipment."""

from __future__ import annotations

from typing import Any

import pytest

from app.integrations.shipping.template_needs import copied_into_required
from app.mapping.defaults import default_mappings

TRACKING = "bigcommerce_shipment.tracking_number"
COPIED = {"kind": "field", "source": "shipment.tracking_number"}


def test_the_default_template_needs_a_tracking_number() -> None:
    assert copied_into_required(default_mappings("sync_orders")) == {"tracking_number"}


@pytest.mark.parametrize(
    "mapping",
    [
        {"kind": "value", "value": "none"},
        {"kind": "ignore"},
        {**COPIED, "steps": [{"do": "default", "value": "none"}]},
        {**COPIED, "steps": [{"do": "first_non_empty", "fields": ["order.order_id"]}]},
        {"kind": "field", "source": "order.order_id"},
        {"kind": "rules", "rules": [], "otherwise": COPIED},
    ],
)
def test_a_value_that_may_come_from_elsewhere_is_not_asked_for(mapping: dict[str, Any]) -> None:
    assert copied_into_required({TRACKING: mapping}) == frozenset()


def test_other_fields_are_named_as_requests_name_them() -> None:
    assert copied_into_required({TRACKING: {**COPIED, "source": "shipment.method"}}) == {
        "shipping_method"
    }
    trimmed = {**COPIED, "steps": [{"do": "trim"}]}
    assert copied_into_required({TRACKING: trimmed}) == {"tracking_number"}
