import inspect

import pytest

from app.bigcommerce import errors
from app.bigcommerce.problems import Problem


def all_errors() -> list[type[errors.BigCommerceError]]:
    found = vars(errors).values()
    return [e for e in found if inspect.isclass(e) and issubclass(e, errors.BigCommerceError)]


def test_the_tree_is_drawn_at_the_top() -> None:
    drawn = inspect.getdoc(errors) or ""
    for kind in all_errors():
        assert kind.__name__ in drawn


def test_every_error_has_a_sentence_for_people() -> None:
    for kind in all_errors():
        assert kind.sentence.endswith(".")
        assert not any(char.isdigit() for char in kind.sentence)


@pytest.mark.parametrize("status", [207, 400, 401, 403, 404, 409, 413, 415, 422, 507, 418])
def test_refusals_by_status(status: int) -> None:
    error = errors.refusal(errors.Where("PUT", "/v3/x", status))
    assert type(error) is errors.REFUSALS.get(status, errors.UnexpectedStatus)
    assert error.sent is (status == 207)


def test_what_an_error_prints() -> None:
    error = errors.Conflict(
        errors.Where("POST", "/v3/catalog/products", 409, "r-1"),
        problems=[Problem("sku_duplicate", "The product sku is a duplicate", "sku")],
    )
    assert str(error) == (
        "Conflict(POST /v3/catalog/products; 409; sku: The product sku is a duplicate; request r-1)"
    )
    assert error.for_merchant == (
        "This collides with something that is already in the store. "
        "Another product or variant in the store has this SKU."
    )
    assert error.codes == {"sku_duplicate"}
