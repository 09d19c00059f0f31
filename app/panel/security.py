"""Headers of pages that live in a frame of BigCommerce's control panel."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.core.settings import DEFAULT_API_URL, DEFAULT_LOGIN_URL, Settings

CONTROL_PANELS = (
    "https://*.mybigcommerce.com",
    "https://*.my-integration.zone",
    "https://*.my-staging.zone",
)


def frame_ancestors(settings: Settings) -> str:
    """Return who may frame us; a stand-in for BigCommerce counts as its own control panel."""
    allowed = list(CONTROL_PANELS)
    for url, usual in (
        (settings.bigcommerce_login_url, DEFAULT_LOGIN_URL),
        (settings.bigcommerce_api_url, DEFAULT_API_URL),
    ):
        if url != usual:
            parts = urlsplit(url)
            allowed.append(f"{parts.scheme}://{parts.netloc}")
    return " ".join(dict.fromkeys(allowed))


def page_headers(settings: Settings, nonce: str) -> dict[str, str]:
    """Return the headers of a page whose only style and script carry the nonce."""
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src 'nonce-{nonce}'",
            f"script-src 'nonce-{nonce}'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {frame_ancestors(settings)}",
        )
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
