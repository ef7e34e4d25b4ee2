"""Is the server there, and does it serve the model? Asked before anything expensive starts."""

from __future__ import annotations

from urllib.parse import urlsplit

from qa.errors import KitError


def api_root(url: str) -> str:
    """`http://host:8000`, `…/v1` or `…/v1/chat/completions` as the OpenAI root `http://host:8000/v1`."""
    url = url.strip().rstrip("/").removesuffix("/chat/completions")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0  # a bad port raises
    except ValueError:
        good = None
    if not good or not url.isprintable() or " " in url:
        raise KitError(f"{url!r} is no address of a server; give one like http://127.0.0.1:8000/v1")
    return parts.geturl() if parts.path.strip("/") else f"{parts.geturl().rstrip('/')}/v1"


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine: then a proxy from the environment must not be asked."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def served_model(url: str, api_key: str, wanted: str = "") -> str:
    """The name to ask for: `wanted` if it is served, or the only model there is.

    Raises KitError where nothing answers at `url`, or where `wanted` is not among the models served.
    """
    served = _models(url, api_key)
    if wanted and (served is None or wanted in served):
        return wanted  # a server without a list of models is asked and will say no by itself
    if not served:
        raise KitError(f"the server at {url} does not say which models it serves; name one: --model NAME")
    if wanted:
        raise KitError(f"the server at {url} serves no model {wanted!r}; it serves: {', '.join(served)}")
    if len(served) > 1:
        raise KitError(f"the server at {url} serves several models; pick one: --model {' | '.join(served)}")
    return served[0]


def _models(url: str, api_key: str) -> list[str] | None:
    """Names of the models served, None if the server keeps no list."""
    import httpx

    try:
        reply = httpx.get(
            f"{url}/models",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=20,
            trust_env=not is_loopback(url),
        )
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as e:
        raise KitError(
            f"no server answers at {url} ({e or type(e).__name__}); start one: MODEL=… bash shell/deploy.sh"
        ) from e
    if reply.status_code in (401, 403):
        raise KitError(f"the server at {url} wants a key: set CIRCUIT_VQA_API_KEY")
    try:
        return [str(m["id"]) for m in reply.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return None
