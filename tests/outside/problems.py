"""What an error of the service must look like."""

from __future__ import annotations

import httpx

from tests.outside.lookalike.shop import Record


def problem(answer: httpx.Response, status: int, code: str | None = None) -> Record:
    """Expect a problem of RFC 9457 with the contract's members; gives it."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: Record = answer.json()
    for name in ("type", "title", "code"):
        assert isinstance(body[name], str), body
    assert "detail" in body, body
    assert body["status"] == status
    if code is not None:
        assert body["code"] == code, body
    return body


def field_named(body: Record, name: str) -> None:
    """Expect the problem's `errors` to name a field."""
    for error in body["errors"]:
        assert {"field", "code", "message"} <= set(error), body
    assert any(name in error["field"] for error in body["errors"]), body
