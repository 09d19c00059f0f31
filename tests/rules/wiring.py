"""The service with everything that rules, building and linking need."""

from __future__ import annotations

from fastapi import FastAPI

from app.channels.kinds import IntegrationType
from app.integrations.build_sources import CatalogueOfTables
from app.integrations.linking.link_after_build import LinkAfterBuild
from app.integrations.rule_subjects import SubjectsOfTables
from app.rules.router import router


def wire(app: FastAPI) -> FastAPI:
    """Serve the rule routes, and give routes their ports."""
    if "/v1/rules" not in app.openapi()["paths"]:
        app.include_router(router)
        app.openapi_schema = None
    runnable = app.state.runnable | {IntegrationType.LINK_LISTINGS}
    app.state.runnable = runnable
    app.state.rule_subjects = SubjectsOfTables()
    app.state.build_sources = CatalogueOfTables()
    app.state.after_build = LinkAfterBuild(runnable)
    return app
