"""Review pages served inside the test process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qa.dataset import Dataset


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Serves the review page of a folder; returns its address."""
    import uvicorn

    from synth.review.desk import Desk
    from synth.review.page import Page
    from synth.review.server import app_of, listen

    running: list[tuple[Any, threading.Thread]] = []

    def serve(ds: Dataset, reviewer: str = "", standing: str = "review,unchecked") -> str:
        sock = listen("127.0.0.1", 0)
        config = uvicorn.Config(
            app_of(Page(Desk(ds), Path(ds.root).name, reviewer, standing)),
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        until = time.monotonic() + 60
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        assert server.started, "the page did not come up"
        running.append((server, thread))
        return f"http://127.0.0.1:{sock.getsockname()[1]}/"

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join(5)


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
