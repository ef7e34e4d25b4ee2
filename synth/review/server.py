"""The review page on a port: gradio inside a small app that serves this folder's pictures and nothing else."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from qa.errors import KitError

HERE = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "localhost", "::1")
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self';"
    " form-action 'self'; frame-ancestors 'none'"
)
"""Nothing on the page may reach another host, whatever a question holds."""
_OPEN = (
    "/config", "/theme.css", "/favicon.ico", "/assets/", "/static/", "/picture/", "/leave",
    "/gradio_api/run/", "/gradio_api/heartbeat/", "/gradio_api/startup-events", "/gradio_api/app_id",
)  # fmt: skip
"""All the page needs. Uploads, files, proxies and whatever else gradio offers stay shut."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Guard:
    """Refuses what other sites make a browser send, and every address that the page has no use for."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], local: bool) -> None:
        self.app, self.local = app, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if not self._wanted(scope, headers):
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"refused\n"})
            return

        async def with_policy(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"content-security-policy", POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self.app(scope, receive, with_policy)

    def _wanted(self, scope: Scope, headers: dict[str, str]) -> bool:
        host = headers.get("host", "")
        if self.local and urlsplit(f"//{host}").hostname not in LOOPBACK:
            return False  # a foreign name that was made to point here
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != host:
            return False
        path = "/" + scope["path"].lstrip("/")
        return path == "/" or path.startswith(_OPEN)


def app_of(page: Any, local: bool = True) -> Any:
    """The ASGI app of a Page."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import gradio as gr
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import FileResponse, Response

    from synth.review.layout import build

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    async def picture(request: Request) -> Response:
        path = page.desk.picture(request.path_params["name"])
        return FileResponse(path, headers={"cache-control": "max-age=3600"}) if path else Response(status_code=404)

    async def leave(request: Request) -> Response:
        page.desk.leases.free((await request.body())[:100].decode("utf-8", "replace"))
        return Response(status_code=204)

    app.add_route("/picture/{name:path}", picture)
    app.add_route("/leave", leave, methods=["POST"])
    # `css=` would put every rule under gradio's own container; ours also speak of the body
    style, script = ((HERE / name).read_text("utf-8") for name in ("page.css", "page.js"))
    head = f"<style>{style}</style><script>{script}</script>"
    gr.mount_gradio_app(
        app, build(page), path="/", head=head,
        theme=gr.themes.Default(font=["system-ui", "sans-serif"]),  # the machine's own: Chinese and Latin match
        allowed_paths=[], footer_links=[], ssr_mode=False,
        enable_monitoring=False, run_history=False, pwa=False, mcp_server=False,
    )  # fmt: skip
    return Guard(app, local)


def listen(host: str, port: int) -> socket.socket:
    """A socket on that address, taken now. Raises KitError where it cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(64)
    except OSError as e:
        raise KitError(f"{host}:{port} cannot be used ({e.strerror}); name another with --port or --host") from e
    return sock


def serve(page: Any, sock: socket.socket, local: bool) -> None:
    """Serve the page until Ctrl-C or SIGTERM."""
    import uvicorn

    config = uvicorn.Config(app_of(page, local), log_level="warning", timeout_graceful_shutdown=1, lifespan="on")
    signal.signal(signal.SIGTERM, _stop)
    try:
        uvicorn.Server(config).run(sockets=[sock])
    except KeyboardInterrupt:
        return


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
