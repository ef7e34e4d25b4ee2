"""What statuses, headers and bodies mean."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest

from qa.wire import judge, retry_after, text_of
from tests.synth.teacher.asking import teacher


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (429, "{}", "slow_down"),
        (429, '{"error": {"code": "insufficient_quota"}}', "fatal"),
        (400, '{"error": {"code": "Arrearage"}}', "fatal"),
        (401, "", "fatal"),
        (404, "", "fatal"),
        (400, "bad picture", "rejected"),
        (403, "moderation", "rejected"),
        (302, "", "rejected"),
        (500, "", "again"),
        (503, "", "again"),
        (529, "", "again"),
        (408, "", "again"),
    ],
)
def test_statuses(status: int, text: str, kind: str) -> None:
    assert judge(status, text, {}, teacher("http://127.0.0.1:1/v1")).kind == kind


def test_retry_after_in_every_form() -> None:
    assert retry_after({"Retry-After": "2"}) == 2
    assert retry_after({"retry-after-ms": "250", "Retry-After": "1"}) == 0.25
    later = retry_after({"Retry-After": formatdate(time.time() + 30, usegmt=True)})
    assert later is not None and 27 < later <= 30
    assert retry_after({"Retry-After": "soon"}) is None and retry_after({}) is None
    assert retry_after({"Retry-After": "-5"}) == 0 and retry_after({"Retry-After": "nan"}) is None


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"choices": []}', '{"choices": [{"message": null}]}'])
def test_bodies_that_are_no_completion(body: str) -> None:
    assert text_of(body) is None


def test_parts_refusals_and_empty_answers() -> None:
    def said(finish: str = "stop", **message: object) -> object:
        found = text_of(json.dumps({"choices": [{"message": message, "finish_reason": finish}]}))
        assert found is not None
        return found.fault or found.text

    assert said(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]) == "ab"
    assert said(content=None, refusal="no") == "refused"
    assert said("content_filter", content="") == "refused"
    assert said(content="  ") == "empty"
