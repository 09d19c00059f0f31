"""The official OpenAPI files, with the places mended where they are known to be wrong.

The files stay untouched; `openapi/README.md` beside them lists the errors.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator  # type: ignore[import-untyped]  # ships no types
from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]  # as above
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

ROOT = Path(__file__).resolve().parents[3] / "shared" / "bigcommerce" / "openapi"
URN = "urn:spec"

# Fields the schemas call plain although the platform returns null (FACTS 4.2, 5.2, 5.5).
NULLABLE = frozenset(
    {
        "base_variant_id",
        "option_set_id",
        "primary_image",
        "sku_id",
        "credit_card_type",
        "value_data",
        "gift_certificate_id",
    }
)


@cache
def load(name: str) -> dict[str, Any]:
    """One file, mended for reading answers."""
    text = (ROOT / name).read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    _mend(document)
    return document


def problems(name: str, method: str, path: str, status: int, body: Any) -> Iterator[str]:
    """What is wrong with an answer, by the schema of its operation."""
    document = load(name)
    responses = document["paths"][path][method]["responses"]
    schema = _resolve(document, responses[str(status)])["content"]["application/json"]["schema"]
    resource = Resource.from_contents(_absolute(document), default_specification=DRAFT4)
    registry: Registry[Any] = Registry().with_resource(URN, resource)
    validator = Draft4Validator(_absolute(schema), registry=registry)
    for error in validator.iter_errors(body):
        yield from _leaves(error)


def _leaves(error: ValidationError) -> Iterator[str]:
    yield f"{'/'.join(str(part) for part in error.absolute_path)}: {error.message[:300]}"
    for inner in error.context or []:
        yield from _leaves(inner)


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def _absolute(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: URN + value if key == "$ref" and isinstance(value, str) else _absolute(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    return node


def _mend(node: Any, name: str = "") -> None:
    if isinstance(node, list):
        for item in node:
            _mend(item, name)
    if not isinstance(node, dict):
        return
    node.pop("example", None)
    node.pop("examples", None)
    for key, value in list(node.items()):
        _mend(value, key)
    nullable = node.pop("nullable", False) or node.pop("x-nullable", False) or name in NULLABLE
    if isinstance(node.get("type"), str) and nullable:
        node["type"] = [node["type"], "null"]
        if "enum" in node:
            node["enum"] = [*node["enum"], None]
    elif nullable and "allOf" in node:
        node["anyOf"] = [{"allOf": node.pop("allOf")}, {"type": "null"}]
    # Alternatives overlap: a bare link object would be any object, an empty array either array.
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    if set(node.get("properties", ())) == {"url", "resource"}:
        node["required"] = ["url", "resource"]
    # Written as if strings: lengths and bounds on arrays have no effect in JSON Schema.
    if node.get("type") == "array":
        for bound in ("minimum", "maximum", "minLength", "maxLength"):
            node.pop(bound, None)
    if not isinstance(node.get("required", []), list):
        node.pop("required")
