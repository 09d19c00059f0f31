"""The HTTP server."""

from __future__ import annotations

import socket
import sys

import uvicorn

from app.local.failures import CommandFailed

APPLICATION = "app.main:create_app"
STARTUP_FAILED = 3
# Event streams stay open for hours; a restart does not wait for them.
SHUTDOWN_SECONDS = 5
BACKLOG = 2048


def open_listener(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises `CommandFailed` when the address cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandFailed(f"Cannot listen on {host}, port {port}: {reason}.") from error
    return listener


def serve_api(host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    config = uvicorn.Config(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        # The service configures logging itself and writes its own line for each request.
        log_config=None,
        access_log=False,
        server_header=False,
        # Whom to believe is uvicorn's FORWARDED_ALLOW_IPS; this machine by default.
        proxy_headers=True,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)
    with open_listener(host, port) as listener:
        server.run(sockets=[listener])
    if not server.started:
        sys.exit(STARTUP_FAILED)
