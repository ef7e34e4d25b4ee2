"""A teacher behind `swift deploy`: does it answer with what GKD needs? Asked once, with a row of the training set.

What goes wrong here goes wrong silently in swift: without prompt log-probabilities (the transformers backend, any
server but `swift deploy` with vLLM) the loss is 0; with another MAX_PIXELS or template the log-probabilities are laid
over the wrong tokens.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qa.errors import KitError
from qa.picture_size import TOKEN_SIDE
from swift_recipes.checks import rows_of
from swift_recipes.planning import tokens

SECONDS = 120
"""A large teacher's first answer may take that long."""
DEPLOY = "swift deploy --infer_backend vllm --max_logprobs"


def urls(given: str) -> list[str]:
    """The addresses in `teacher_model_server`: one, or a JSON list of {url, tags}. Raises KitError."""
    found: list[Any] = [given]
    if given.startswith("["):
        try:
            found = [entry["url"] for entry in json.loads(given)]
        except (ValueError, TypeError, KeyError) as e:
            raise KitError(f"teacher_model_server: not a JSON list of {{url, tags}} ({e})") from e
    for url in found:
        if not isinstance(url, str) or not urlsplit(url).hostname or not url.startswith(("http://", "https://")):
            raise KitError("teacher_model_server: wants http://HOST:PORT")
        if urlsplit(url).username is not None:
            raise KitError("teacher_model_server: swift sends no user or key; leave them out and guard the network")
        if urlsplit(url).path.rstrip("/").endswith("/v1"):
            raise KitError(f"{url}: leave /v1 out, swift asks /infer/ beside it")
    return found


def check(given: str, topk: int, rows: Path, max_pixels: int, count_tokens: bool = True) -> None:
    """Raises KitError with the reason where a server will not do.

    Args:
        given: `teacher_model_server`, one address or several as JSON.
        topk: likeliest words wanted at every token.
        rows: a swift JSONL whose first row is asked.
        max_pixels: what the student is trained with.
        count_tokens: whether the student's tokens can be counted here (Qwen2.5-VL and Qwen2-VL).
    """
    if find_spec("vllm") is None:
        raise KitError(
            "a teacher's server is asked through swift's vLLM client, which wants vLLM on this machine too:"
            " EXTRAS=dev,gpu bash shell/setup.sh; or load the teacher here: TEACHER=its folder"
        )
    for url in urls(given):
        probe(url, topk, rows, max_pixels, count_tokens)


def probe(url: str, topk: int, rows: Path, max_pixels: int, count_tokens: bool = True) -> None:
    """Ask one server as swift will. Raises KitError with the reason where its answer is not usable."""
    _, row = next(rows_of(rows))
    found = _ask(url, {"messages": row["messages"], "images": row.get("images", []), "add_eos": "auto"}, topk)
    if not found:
        raise KitError(
            f"{url}: gives no log-probabilities of the prompt, so nothing would be learnt and nothing would say so;"
            f" serve the teacher with: {DEPLOY} {topk}"
        )
    width = min((len(at) for at in found[1:] if isinstance(at, dict)), default=0)
    if width < topk:
        raise KitError(f"{url}: gives {width} words a token, --gkd_logits_topk {topk} wants more: {DEPLOY} {topk}")
    wanted = tokens._row(row, f"{rows}:1", TOKEN_SIDE, tokens.SYSTEM).tokens(max_pixels) if count_tokens else len(found)
    if len(found) != wanted:
        raise KitError(
            f"{url}: reads the first row of {rows} as {len(found)} tokens, the student as {wanted}; serve the teacher"
            f" with the same limit on pictures (MAX_PIXELS={max_pixels}) and --template"
        )


def _ask(url: str, request: dict[str, Any], topk: int) -> list[Any]:
    """`prompt_logprobs` of one request to /infer/."""
    asked = {"prompt_logprobs": topk, "max_tokens": 1, "temperature": 0.0}
    body = json.dumps({"infer_requests": [request], "request_config": asked}).encode()
    post = urllib.request.Request(f"{url.rstrip('/')}/infer/", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(post, timeout=SECONDS) as reply:
            data = json.load(reply)
        found = data[0].get("prompt_logprobs")
    except urllib.error.HTTPError as e:
        raise KitError(f"{url}: {_complaint(e, topk)}") from e
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as e:
        reason = getattr(e, "reason", None) or e
        raise KitError(f"{url}: no answer as of `swift deploy` ({reason}); start it: {DEPLOY} {topk}") from e
    return found if isinstance(found, list) else []


def _complaint(e: urllib.error.HTTPError, topk: int) -> str:
    said = " ".join(e.read(2000).decode("utf-8", "replace").split())[:300]
    if e.code == 404:
        return f"has no /infer/, so it is no `swift deploy` server (vllm serve will not do); start it: {DEPLOY} {topk}"
    if e.code in (400, 401, 403) and "key" in said.lower():
        return "wants an API key, which swift's GKD does not send; serve without --api_key in a network of your own"
    return (
        f"refuses the first row ({e.code}: {said or 'no reason given'}); it needs the pictures under the same paths as"
        f" here, and --max_logprobs {topk} or more"
    )
