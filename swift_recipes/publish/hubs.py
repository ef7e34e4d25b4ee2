"""Uploading by the hubs' own libraries. Tokens come from the environment alone and go into no argument of a process."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa.errors import KitError
from swift_recipes.publish.contents import CARD, Contents

REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


@dataclass(frozen=True)
class Hub:
    """One place to push to."""

    token_env: str
    where: str  # to get a token
    send: Callable[[Path, str, str, bool], str]


def check(to: str, repo: str, dry_run: bool) -> Hub:
    """The hub named `to`.

    Raises:
        KitError: no such hub, a name that is none, or no token in the environment (a dry run needs none).
    """
    hub = HUBS.get(to)
    if hub is None:
        raise KitError(f"TO={to}: take one of {', '.join(HUBS)}")
    if not REPO.fullmatch(repo):
        raise KitError(f"REPO={repo or '(empty)'}: name it as owner/name, letters, digits, dots and dashes")
    if not dry_run and not os.environ.get(hub.token_env):
        raise KitError(f"{hub.token_env} is not set; make a token that may write at {hub.where} and export it")
    return hub


def push(hub: Hub, folder: Path, contents: Contents, card: str, repo: str, private: bool) -> str:
    """Upload what `contents` names, and the card. Returns the address of the model.

    Raises:
        KitError: the hub refused, or could not be reached; nothing on this machine is changed, run it again.
    """
    token = os.environ[hub.token_env]
    with _staged(folder, contents, card) as stage:
        try:
            return hub.send(stage, repo, token, private)
        except Exception as e:  # the libraries raise dozens of kinds
            said = " ".join(str(e).split()).replace(token, "…")[:300]
            raise KitError(f"{repo}: not pushed: {type(e).__name__}: {said}; the same command tries again") from None


@contextmanager
def _staged(folder: Path, contents: Contents, card: str) -> Iterator[Path]:
    """A folder of exactly what is sent: links to the same bytes where the disk can, else copies."""
    stage = folder.parent / f".{folder.name}-push"
    shutil.rmtree(stage, ignore_errors=True)  # of a push that was killed
    stage.mkdir(mode=0o700)
    try:
        for name in contents.sent:
            try:
                os.link(folder / name, stage / name)
            except OSError:
                shutil.copyfile(folder / name, stage / name)
        (stage / CARD).write_text(card, "utf-8")
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _to_hugging_face(stage: Path, repo: str, token: str, private: bool) -> str:
    from huggingface_hub import HfApi

    api = HfApi(token=token)  # HF_ENDPOINT names another server
    api.create_repo(repo, private=private, exist_ok=True)
    api.upload_folder(repo_id=repo, folder_path=stage, commit_message="Model and card from circuit-vqa")
    return f"{api.endpoint}/{repo}"


def _to_modelscope(stage: Path, repo: str, token: str, private: bool) -> str:
    from modelscope_hub.api import HubApi

    api = HubApi(token=token)  # MODELSCOPE_ENDPOINT names another server
    if not api.repo_exists(repo, "model"):
        api.create_repo(repo, "model", visibility="private" if private else "public")
    kept = stage.with_name(f"{stage.name}-uploaded")  # what has arrived; outlives the stage, so a second start goes on
    api.upload_folder(repo, "model", stage, commit_message="Model and card from circuit-vqa", tracker_path=kept)
    kept.unlink(missing_ok=True)
    return f"https://modelscope.cn/models/{repo}"


HUBS = {
    "hf": Hub("HF_TOKEN", "https://huggingface.co/settings/tokens", _to_hugging_face),
    "modelscope": Hub("MODELSCOPE_API_TOKEN", "https://modelscope.cn/my/myaccesstoken", _to_modelscope),
}
