"""What is to become of a listing whose publication is taken back."""

from __future__ import annotations

from app.bigcommerce.models.catalog import Product
from app.integrations.publishing.marks import creation_changes_since, variant_mark
from app.integrations.publishing.metafields import known_values
from app.integrations.publishing.plan import change
from app.integrations.publishing.traces import key_of
from app.integrations.publishing.tracing import our_images
from app.integrations.publishing.undoing.plan import Facts, TakeBack, empty, take_back_update
from app.integrations.publishing.undoing.remarks import (
    changed_since,
    gone,
    not_settled,
    options_stay,
    product_changed,
    sold_since,
)
from app.integrations.syncing.diff import OF_PRODUCT, OF_VARIANT
from app.listings.traces_models import TraceStatus


def take_back(facts: Facts) -> TakeBack:
    """Plan what is done about one listing; a plan without changes and remarks has nothing to do."""
    trace, live = facts.trace, facts.live
    back = empty(facts)
    if trace.status == TraceStatus.UNDONE:
        return back
    if trace.creates and trace.external_number is None:
        back.left.append(not_settled())
        return back
    if live is None:
        back.missing = True
        if not (trace.creates and back.begun):
            back.left.append(gone())
        return back
    if trace.creates:
        _judge_creation(back, live)
        return back
    back = take_back_update(facts, live)
    _judge_variants(back, live)
    _judge_metafields(back)
    return back


def _judge_creation(back: TakeBack, live: Product) -> None:
    left = back.facts.trace.after
    if (live.total_sold or 0) > left["sold"] or back.facts.ordered or _fell(back.facts, live):
        back.left.append(sold_since("the product"))
        return
    ours = our_images(back.facts.images).values()
    changed = creation_changes_since(left, live, ours)
    if changed:
        back.left.append(product_changed(changed))
        return
    back.deletes = True
    back.changes.append(change("bigcommerce_product.id", live.id, None))


def _fell(facts: Facts, live: Product) -> bool:
    """Whether there is less in stock than the publication, or a sync since, has put there."""
    levels = facts.trace.after["stock"]
    if live.inventory_tracking == "product":
        wanted = facts.stock.get((OF_PRODUCT, live.id), levels["product"])
        return (live.inventory_level or 0) < int(wanted)
    if live.inventory_tracking != "variant":
        return False
    return any(
        (row.inventory_level or 0)
        < facts.stock.get((OF_VARIANT, row.id), levels.get(str(row.id), 0))
        for row in live.variants
    )


def _judge_variants(back: TakeBack, live: Product) -> None:
    trace = back.facts.trace
    before, after = trace.before.get("new_variants"), trace.after.get("new_variants", {})
    if before is None:
        return
    fresh = [row for row in live.variants if row.id not in before["ids"]]
    made = after.get("made")
    if made is None:
        if any(row.sku in after["skus"] for row in fresh):
            back.left.append(not_settled())
        return
    ours = [row for row in fresh if str(row.id) in made]
    if ours and not before["had_options"]:
        back.left.append(options_stay())
        return
    for row in ours:
        place = f"bigcommerce_variant[{row.sku}].id"
        mark, level = made[str(row.id)]
        if variant_mark(row) != mark or len(ours) == len(live.variants):
            back.left.append(changed_since(place))
        elif (row.inventory_level or 0) < back.facts.stock.get((OF_VARIANT, row.id), level):
            back.left.append(sold_since(f"variant {row.sku}"))
        else:
            back.gone_variants.append(row.id)
            back.changes.append(change(place, row.id, None))
    back.values = before["options"]


def _judge_metafields(back: TakeBack) -> None:
    """Only we can change metafields of ours (FACTS 5.8), so they are compared with our memory."""
    publication, trace = back.facts.publication, back.facts.trace
    known = known_values(publication.metafields if publication is not None else [])
    for text, was in trace.before.get("metafields", {}).items():
        key = key_of(text)
        there, sent = known.get(key), trace.after.get("metafields", {}).get(text)
        value = sent[1] if isinstance(sent, list) else sent
        if was is not None and there is not None and was[0] != there[0]:
            # The one that was there is another app's; ours beside it is new.
            was = None
        if there is None or (was is not None and there[1] == was[1]):
            continue
        place = f"metafield:{key[2]}.{key[3]}"
        if there[1] != value:
            back.left.append(changed_since(place))
        elif was is None:
            back.gone_metafields.append((key[0], there[0]))
            back.changes.append(change(place, value, None))
        else:
            back.changed_metafields.append((key[0], there[0], was[1]))
            back.changes.append(change(place, value, was[1]))
