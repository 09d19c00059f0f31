import socket

import pytest

from app.local.errors import LocalServiceError
from app.local.ports import LOOPBACK, any_free_port, choose_port, port_is_free


def test_the_usual_port_is_taken_when_free_and_replaced_when_not() -> None:
    usual = any_free_port()
    assert choose_port(usual, None, "X") == usual
    with socket.create_server((LOOPBACK, usual)):
        assert not port_is_free(usual)
        assert choose_port(usual, None, "X") != usual


def test_a_demanded_port_is_never_replaced() -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(LocalServiceError, match=f"X cannot start because port {taken}"):
            choose_port(None, taken, "X")
