"""Structured logs, with everything secret or personal taken out before a line is written."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

_SECRET_KEYS = re.compile(
    r"token|secret|password|authorization|cookie|api_?key|signed_payload|^code$|email|phone|"
    r"address|first_name|last_name|recipient",
    re.IGNORECASE,
)
_SECRET_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?i)bearer\s+[\w.~+/-]+=*"), "Bearer [redacted]"),
    (re.compile(r"\bqs_[A-Za-z0-9_-]{20,}"), "[api key]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[jwt]"),
    (
        re.compile(r"(?i)(signed_payload_jwt|access_token|ticket|code|client_secret)=[^&\s\"']+"),
        r"\1=[redacted]",
    ),
    (re.compile(r"(?i)(x-auth-token\W+)[\w-]+"), r"\1[redacted]"),
    (re.compile(r"://([^:/@\s]+):([^@/\s]+)@"), r"://\1:[redacted]@"),
)


def redact_text(text: str) -> str:
    """Mask e-mail addresses, tokens, keys and passwords inside a text."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _redact(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _redact(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(key, item) for item in value]
    if _SECRET_KEYS.search(key) and isinstance(value, str | bytes):
        return REDACTED
    return redact_text(value) if isinstance(value, str) else value


def redact_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Processor: mask whatever must not be in a log line."""
    return {key: _redact(key, value) for key, value in event.items()}


def configure_logging(level: str = "INFO", form: str = "json") -> None:
    """Send every log line of the process, ours and the libraries', through one chain."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.PositionalArgumentsFormatter(),
                structlog.stdlib.ExtraAdder(),
                *shared,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "arq.worker", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
