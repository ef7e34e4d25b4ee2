"""Is the server there, and does it serve the model? Asked before anything expensive starts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from qa.errors import KitError
from qa.secret import without_secret

FEW, MANY, MOST = 16, 64, 256
"""Questions at once: where a server says nothing, where it is vLLM, and the most."""
PROMPT_TOKENS = 1600
"""A picture of the largest size (1,280 tokens) with its question."""
MODEL_KEY, JUDGE_KEY = "CIRCUIT_VQA_API_KEY", "CIRCUIT_VQA_JUDGE_KEY"
"""Environment variables the keys are read from."""
_CACHE_SIZES = re.compile(r'\b(block_size|num_gpu_blocks)="(\d+)"')


def api_root(url: str) -> str:
    """`http://host:8000`, `…/v1` or `…/v1/chat/completions` as the OpenAI root `http://host:8000/v1`."""
    url = url.strip().rstrip("/").removesuffix("/chat/completions")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.username is not None:  # would stand in every message about the server
            raise KitError(f"the address of the server holds a user name or password; set {MODEL_KEY} instead")
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0  # a bad port raises
    except ValueError:
        good = None
    if not good or not url.isprintable() or " " in url:
        raise KitError(f"{url!r} is no address of a server; give one like http://127.0.0.1:8000/v1")
    return parts.geturl() if parts.path.strip("/") else f"{parts.geturl().rstrip('/')}/v1"


def key_from(variable: str) -> str:
    """The key in an environment variable, `EMPTY` without one. Raises KitError, without the key, where it is none.

    What no HTTP header can hold is refused here: the library that sends it would print it in its complaint.
    """
    key = os.environ.get(variable, "").strip() or "EMPTY"
    if not (key.isascii() and key.isprintable()):
        raise KitError(f"{variable} holds characters that no key has; set it again, to the key alone")
    return key


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine: then a proxy from the environment must not be asked."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def served_model(url: str, api_key: str, wanted: str = "", key_in: str = MODEL_KEY) -> str:
    """The name to ask for: `wanted` if it is served, or the only model there is.

    Raises KitError where nothing answers at `url`, or where `wanted` is not among the models served.
    """
    return _pick(url, _models(url, api_key, key_in), wanted)


def endpoint(url: str, api_key: str, wanted: str = "", key_in: str = MODEL_KEY) -> Endpoint:
    """The server at `url` with the model to ask for. Raises KitError as `served_model`."""
    served = _models(url, api_key, key_in)
    name = _pick(url, served, wanted)
    return Endpoint(url, name, api_key, key_in=key_in, root=(served or {}).get(name, ""))


def _pick(url: str, served: dict[str, str] | None, wanted: str) -> str:
    if wanted and (served is None or wanted in served):
        return wanted  # a server without a list of models is asked and will say no by itself
    if not served:
        raise KitError(f"the server at {url} does not say which models it serves; name one: --model NAME")
    if wanted:
        raise KitError(f"the server at {url} serves no model {wanted!r}; it serves: {', '.join(served)}")
    if len(served) > 1:
        raise KitError(f"the server at {url} serves several models; pick one: --model {' | '.join(served)}")
    return next(iter(served))


def _models(url: str, api_key: str, key_in: str) -> dict[str, str] | None:
    """Names of the models served, None if the server keeps no list; with each what it was loaded from.

    vLLM says it (`root`: a hub name or a path) where it serves a model under another name; otherwise it is empty.
    """
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
        raise KitError(f"the server at {url} wants a key: set {key_in}")
    try:
        listed = [(str(m["id"]), m.get("root")) for m in reply.json()["data"]]
        return {name: root if isinstance(root, str) and root != name else "" for name, root in listed}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The server of the model that is evaluated (see `qa.wire.Endpoint`)."""

    base_url: str
    model: str
    api_key: str = field(default="EMPTY", repr=False)
    timeout_s: float = 900.0
    key_in: str = MODEL_KEY
    """The environment variable its key is read from: what to set where it is refused."""
    root: str = ""
    """What the model was loaded from, where the server says it and it is not the name."""

    def identity(self, weights: str) -> dict[str, str]:
        """What tells this model from all others: its name, with its weights, or else what it was loaded from.

        Weights that are known by their content decide, wherever the folder lies now.
        """
        said = {"model": self.model, "weights": weights}
        return said | ({"root": self.root} if self.root and not weights else {})

    def key(self) -> str | None:
        """What is sent as bearer token."""
        return self.api_key

    def scrub(self, text: str) -> str:
        """The text without the key."""
        return without_secret(text, self.api_key)


def capacity(endpoint: Endpoint, max_tokens: int) -> int:
    """How many questions to ask at once, from what the server says of itself.

    vLLM tells the size of its cache in `/metrics` (`vllm:cache_config_info`): as many requests of PROMPT_TOKENS and
    `max_tokens` as fit, within MOST. Other servers say nothing: MANY for vLLM without metrics, FEW for the rest
    (swift's transformers backend puts up to 16 into a batch).
    """
    import httpx

    try:
        with httpx.Client(trust_env=not is_loopback(endpoint.base_url), timeout=10) as client:
            head = {"Authorization": f"Bearer {endpoint.api_key}"}
            models = client.get(f"{endpoint.base_url}/models", headers=head).json()["data"]
            owner = str(models[0].get("owned_by", ""))
            if owner != "vllm":
                return FEW
            said = client.get(f"{endpoint.base_url.removesuffix('/v1')}/metrics", headers=head).text
    except (httpx.HTTPError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return FEW
    sizes = dict(_CACHE_SIZES.findall(next((x for x in said.splitlines() if "cache_config_info{" in x), "")))
    if not {"block_size", "num_gpu_blocks"} <= sizes.keys():
        return MANY
    tokens = int(sizes["block_size"]) * int(sizes["num_gpu_blocks"])
    return max(FEW, min(MOST, tokens // (PROMPT_TOKENS + max_tokens)))
