"""The sandbox on a real loopback port, for clients that bring their own HTTP."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn

from sandbox.main import create_app
from sandbox.settings import SandboxSettings


@contextlib.contextmanager
def serving(settings: SandboxSettings) -> Iterator[str]:
    """Serve in a thread; yields `127.0.0.1:port`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        chosen = settings.model_copy(update={"public_url": f"http://{host}"})
        config = uvicorn.Config(create_app(chosen), log_level="error", lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield host
        server.should_exit = True
        thread.join()
