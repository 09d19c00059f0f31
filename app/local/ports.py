"""Finds ports on the loopback address."""

import errno
import socket

from app.local.errors import LocalServiceError

LOOPBACK = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose old connections are only lingering counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def any_free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def choose_port(usual: int | None, demanded: int | None, service: str) -> int:
    """The demanded port or an error; without a demand the usual one if free, else any free one."""
    if demanded is not None:
        if not port_is_free(demanded):
            raise LocalServiceError(
                f"{service} cannot start because port {demanded} is already in use."
            )
        return demanded
    if usual is not None and port_is_free(usual):
        return usual
    return any_free_port()
