"""The REST API under /api/v1/: the same actions as the pages, in JSON."""

from __future__ import annotations

from ninja import NinjaAPI

from integrations import problems
from integrations.access import Bearer, Session


def build() -> NinjaAPI:
    """The API with all its rooms."""
    from integrations.api import (
        delegates,
        discussions,
        drafts,
        events,
        files,
        groups,
        inbox,
        library,
        links,
        lists,
        people,
        players,
        posts,
        search,
        skills,
        threads,
        topics,
    )

    api = NinjaAPI(
        title="Kring",
        version="1",
        description=(
            "Everything a person can do in Kring, as that person. Lists are keyset-paged with `?cursor=`; errors are "
            "problem documents (RFC 9457); writes take an `Idempotency-Key`. Times are UTC, ISO 8601."
        ),
        auth=[Bearer(), Session()],
        urls_namespace="api",
        docs_url="/docs",
        openapi_url="/openapi.json",
    )
    problems.install(api)
    for module in (
        people,
        posts,
        discussions,
        drafts,
        events,
        threads,
        groups,
        search,
        inbox,
        files,
        library,
        skills,
        lists,
        delegates,
        players,
        links,
        topics,
    ):
        api.add_router("", module.router)
    return api
