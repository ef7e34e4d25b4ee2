"""The few calls of GitHub's REST API that a comment needs."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

MOST_ZIP, MOST_TEXT = 1_000_000, 200_000
"""Bytes of an artifact, and of the file in it, that are read at most."""
PAGE = 100
_TRIES, _WAIT_S, _TIMEOUT_S = 4, 2.0, 30.0


class GitHubError(Exception):
    """What GitHub said to which call, in one line, without the token."""


class GitHub:
    """One repository, asked with one token."""

    def __init__(self, api: str, repository: str, token: str, wait_s: float = _WAIT_S) -> None:
        self.root, self.wait_s, self._token = f"{api.rstrip('/')}/repos/{repository}", wait_s, token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def pages(self, path: str, key: str = "", **query: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list, page by page; `key` names the list where it stands in an object."""
        page = 1
        while True:
            asked = urllib.parse.urlencode(query | {"per_page": str(PAGE), "page": str(page)})
            answer = self._call("GET", f"{self.root}{path}?{asked}")
            try:
                found = json.loads(answer)
                rows = found[key] if key else found
            except (ValueError, KeyError, TypeError):
                raise GitHubError(f"an answer to GET {path} that is not GitHub's") from None
            yield from rows
            if len(rows) < PAGE:
                return
            page += 1

    def send(self, method: str, path: str, **fields: str) -> None:
        """POST or PATCH an object."""
        self._call(method, f"{self.root}{path}", json.dumps(fields).encode())

    def file_of(self, artifact: int, name: str) -> str:
        """A text file of an artifact, empty where it is not there, is no zip or is larger than a table ever is."""
        packed = self._call("GET", f"{self.root}/actions/artifacts/{artifact}/zip", most=MOST_ZIP)
        try:
            with zipfile.ZipFile(io.BytesIO(packed)) as zipped, zipped.open(name) as file:
                text = file.read(MOST_TEXT + 1)
        except Exception:  # a zip made by anyone has many ways to be broken
            return ""
        return "" if len(text) > MOST_TEXT else text.decode("utf-8", "replace")

    def _call(self, method: str, url: str, data: bytes | None = None, most: int = -1) -> bytes:
        """The body of the answer. Tries again where GitHub or the net stumbles; a POST only if it was turned away."""
        for tries in range(1, _TRIES + 1):
            try:
                return self._once(method, url, data, most)
            except urllib.error.HTTPError as e:
                said = _said(e)
                if tries == _TRIES or not (e.code == 429 or (e.code >= 500 and method != "POST")):
                    raise GitHubError(f"GitHub said {e.code} to {method} {_path(url)}: {said}") from None
            except OSError as e:
                if tries == _TRIES or method == "POST":
                    raise GitHubError(f"no answer to {method} {_path(url)}: {getattr(e, 'reason', e)}") from None
            time.sleep(self.wait_s * 2**tries)
        raise AssertionError("unreachable")

    def _once(self, method: str, url: str, data: bytes | None, most: int) -> bytes:
        head = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        request = urllib.request.Request(url, data, head | {"Authorization": f"Bearer {self._token}"}, method=method)
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return bytes(answer.read(most))
        except urllib.error.HTTPError as e:
            if e.code not in (301, 302, 307, 308) or method != "GET":
                raise
            there = urllib.parse.urljoin(url, e.headers["Location"])
        with self._opener.open(urllib.request.Request(there), timeout=_TIMEOUT_S) as answer:  # storage gets no token
            return bytes(answer.read(most))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The standard handler would send the token along to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _path(url: str) -> str:
    return urllib.parse.urlsplit(url).path


def _said(error: urllib.error.HTTPError) -> str:
    """GitHub's message."""
    try:
        return str(json.loads(error.read(10_000))["message"])[:200]
    except (ValueError, KeyError, TypeError, OSError):
        return str(error.reason)
