"""Files for containers, read as the tools read them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def compose() -> dict[str, Any]:
    """The compose file with its anchors resolved."""
    document: dict[str, Any] = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())
    return document


def test_every_process_has_what_it_needs_and_waits_for_the_schema(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "migrate", "api", "worker"}
    for name in ("api", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"].endswith("successfully")
    for name in ("migrate", "api", "worker"):
        environment = services[name]["environment"]
        for required in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEYS"):
            assert environment[f"QUAYSIDE_{required}"]
        assert services[name]["command"][0] == name
    assert "healthcheck" in services["api"]


def test_what_the_operator_must_set_is_said_when_it_is_missing(compose: dict[str, Any]) -> None:
    environment = compose["services"]["api"]["environment"]
    for name, value in environment.items():
        if name.startswith("QUAYSIDE_") and "${" in value:
            assert ":?" in value


def test_no_image_names_a_registry(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    images += [line.split()[1] for line in dockerfile.splitlines() if line.startswith("FROM")]
    assert not [image for image in images if "." in image.split("/")[0].split(":")[0]]


def test_the_image_has_every_package_and_no_privileges() -> None:
    lines = (CHECKOUT / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    assert {"app", "worker", "sandbox", "migrations", "pyproject.toml", "constraints.txt"} <= copied
    users = [line for line in lines if line.startswith("USER")]
    assert users == ["USER quayside"]
    assert 'ENTRYPOINT ["quayside"]' in lines
