"""What a person sees of a run, and what a browser does with an install page."""

import io
from typing import Any

import httpx
import pytest
import respx

from app.local.failures import CommandFailed
from app.local.first_run import consent
from app.local.terminal import Screen

START = "http://127.0.0.1:8000/bigcommerce/connect/ticket"
PAGE = "http://127.0.0.1:9000/app/our-app/install"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def run(status: str, done: int, **more: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("created", "updated", "unchanged", "skipped", "failed"), 0)
    return {
        "status": status,
        "waiting_for": None,
        "message": None,
        "progress": {"done": done, "total": 40, "unit": "listing"},
        "counts": {**counts, "created": done},
        "requests": {"made": 3, "estimated": None},
        **more,
    }


def test_a_waiting_run_says_what_it_waits_for() -> None:
    stream = io.StringIO()
    states = [run("waiting", 20, waiting_for="rate_limit"), run("succeeded", 40)]
    assert Screen(stream).follow("Import Listings", states)["status"] == "succeeded"
    assert stream.getvalue().splitlines() == [
        "  Import Listings: waiting (rate limit), 20/40 listings, 3 requests",
        "  Import Listings succeeded: 40 created, 0 updated, 0 unchanged, 0 skipped, 0 failed; "
        "3 requests to the store",
    ]


def test_a_failed_run_gives_its_reason() -> None:
    stream = io.StringIO()
    Screen(stream).follow("Get Orders", [run("failed", 0, message="The store is closed.")])
    assert stream.getvalue().endswith("\n  The store is closed.\n")


def test_only_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for stream, coloured in ((Terminal(), True), (io.StringIO(), False)):
        screen = Screen(stream)
        screen.done("There")
        screen.follow("Get Orders", [run("running", 10), run("succeeded", 40)])
        screen.facts({"API key": "qs_1", "Logs": "/a/long/path"})
        assert ("\x1b[" in stream.getvalue()) is coloured
        assert "qs_1" in stream.getvalue()


def page(body: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, html=f"<html><body>{body}</body></html>")


FORM = (
    '<form method="post" action="/app/our-app/install">'
    '<input type="hidden" name="context" value="stores/abc">'
    '<button name="consent" value="yes">Confirm</button>'
    '<button name="consent" value="no">Cancel</button></form>'
)


@respx.mock
def test_consent_is_what_the_first_button_sends() -> None:
    respx.get(START).respond(302, headers={"Location": PAGE})
    respx.get(PAGE).mock(return_value=page(FORM))
    sent = respx.post(PAGE).respond(302, headers={"Location": f"{PAGE}/succeeded"})
    respx.get(f"{PAGE}/succeeded").mock(return_value=page("Installed"))
    consent(START)
    assert sent.calls.last.request.content == b"context=stores%2Fabc&consent=yes"


@respx.mock
def test_an_install_that_ends_elsewhere_is_told() -> None:
    respx.get(START).mock(return_value=page(FORM))
    respx.post("http://127.0.0.1:8000/app/our-app/install").respond(
        302, headers={"Location": f"{PAGE}/failed"}
    )
    respx.get(f"{PAGE}/failed").mock(return_value=page("Not installed"))
    with pytest.raises(CommandFailed, match=r"ended at /app/our-app/install/failed"):
        consent(START)


@respx.mock
def test_a_store_without_an_install_page_is_told() -> None:
    respx.get(START).mock(return_value=page("Gone", 404))
    with pytest.raises(CommandFailed, match=r"no install page \(status 404\)"):
        consent(START)
