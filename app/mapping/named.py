"""Fields by name put into the list they belong to: custom fields, options, metafields."""

from app.mapping.catalogue import Catalogue
from app.mapping.engine.evaluate import Evaluated
from app.mapping.values import as_text


def fold_named(catalogue: Catalogue, evaluated: Evaluated) -> Evaluated:
    """Adds every mapped `family:Name` to its list; a list that is not mapped itself is added to.

    The values by name stay in `values`. A cleared name is taken out of the list; it stays in
    `cleared` for whoever has to delete it in the store.
    """
    names = [key for key in evaluated.values if ":" in key]
    for key in names:
        family = catalogue.targets.family(key)
        if family is None:
            continue
        if family.container not in evaluated.values:
            evaluated.added.add(family.container)
        value = None if key in evaluated.cleared else evaluated.values[key]
        evaluated.values[family.container] = _with_name(
            family.field.key, evaluated.values.get(family.container), key.partition(":")[2], value
        )
    return evaluated


def _with_name(family: str, container: object, name: str, value: object) -> object:
    kind = family.partition(".")[2]
    if kind == "option":
        options = dict(container) if isinstance(container, dict) else {}
        options.pop(name, None)
        return {**options, name: as_text(value)} if value not in (None, "") else options
    if kind == "metafield":
        namespace, _, short = name.rpartition(".")
        return _replaced(container, {"namespace": namespace, "key": short}, value)
    return _replaced(container, {"name": name}, value)


def _replaced(container: object, identity: dict[str, str], value: object) -> list[object]:
    entries = container if isinstance(container, list) else []
    kept = [
        entry
        for entry in entries
        if not (isinstance(entry, dict) and all(entry.get(k) == v for k, v in identity.items()))
    ]
    return kept if value in (None, "") else [*kept, {**identity, "value": as_text(value)}]
