"""Which runs may be asked for with which parameters."""

from __future__ import annotations

import pytest

from app.channels.kinds import IntegrationType
from app.core.errors import ValidationFailed
from app.core.ids import new_id
from app.integrations.syncing.drift_findings import Policy, policy_of
from app.runs.params import check_params


def test_drift_is_one_word_or_a_word_per_kind() -> None:
    sync = IntegrationType.SYNC_LISTINGS
    assert check_params(sync, {"drift": "repair"}) == {"drift": "repair"}
    stored = check_params(sync, {"drift": {"price": "adopt", "quantity": "repair"}})
    assert policy_of(stored["drift"]) == Policy(price="adopt", quantity="repair")
    assert policy_of("repair") == Policy("repair", "repair", "repair")
    assert policy_of("report") == Policy()


@pytest.mark.parametrize("drift", ["mend", {"quantity": "adopt"}, {"smell": "repair"}])
def test_unknown_policies_are_refused(drift: object) -> None:
    with pytest.raises(ValidationFailed):
        check_params(IntegrationType.SYNC_LISTINGS, {"drift": drift})


@pytest.mark.parametrize(
    "integration", [IntegrationType.SYNC_LISTINGS, IntegrationType.PUBLISH_LISTINGS]
)
def test_syncs_and_publications_are_taken_back(integration: IntegrationType) -> None:
    params = {"undo_of": str(new_id()), "listing_ids": [str(new_id())]}
    assert check_params(integration, params) == params


@pytest.mark.parametrize(
    "integration", [IntegrationType.LINK_LISTINGS, IntegrationType.IMPORT_LISTINGS]
)
def test_other_runs_are_not_taken_back(integration: IntegrationType) -> None:
    with pytest.raises(ValidationFailed):
        check_params(integration, {"undo_of": str(new_id())})


def test_missing_products_are_marked_only_when_something_is_repaired() -> None:
    assert Policy().of("missing") == "report"
    assert Policy(price="repair").of("missing") == "repair"
    assert Policy("adopt", "report", "adopt").of("missing") == "report"
    assert Policy("repair", "repair", "repair").of("content") == "report"
