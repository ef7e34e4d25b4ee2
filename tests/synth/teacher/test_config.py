"""teachers.yaml: what is taken, what is refused, and that a key typed in the wrong place is never printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.teacher.config import TeacherError, load_teachers

SECRET = "sk-very-secret-0123456789"


def load(tmp_path: Path, text: str) -> object:
    file = tmp_path / "teachers.yaml"
    file.write_text(text, encoding="utf-8")
    return load_teachers(file)


def test_presets_and_a_changed_one(tmp_path: Path) -> None:
    shipped = load_teachers()
    assert {"gpt-4o", "qwen2.5-vl-72b", "claude", "local-vllm"} <= shipped.keys()
    file = tmp_path / "teachers.yaml"
    file.write_text("teachers:\n  - {preset: gpt-4o, name: mine, rpm: 5000}\n")
    mine = load_teachers(file)["mine"]
    assert mine.rpm == 5000 and mine.model == "gpt-4o"
    assert mine.price.cost(1_000_000, 1_000_000) == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"teachers:\n  - {{preset: gpt-4o, key_env: {SECRET}}}", "key_env"),
        (f"teachers:\n  - {{preset: gpt-4o, api_key: {SECRET}}}", "key_env"),
        (f"teachers:\n  - {{preset: gpt-4o, {SECRET}: 1}}", "no such field"),
        (f"teachers:\n  - {{preset: gpt-4o, base_url: 'https://me:{SECRET}@host/v1'}}", "base_url"),
        (f"teachers:\n  - {{preset: gpt-4o, base_url: 'https://host/v1?key={SECRET}'}}", "base_url"),
        (f"teachers:\n  - {{preset: {SECRET}}}", "preset"),
        (f"teachers:\n  - {{preset: gpt-4o, rpm: {SECRET}}}", "rpm"),
        (f"teachers: [{SECRET}", "YAML"),
        (f"teachers: [{SECRET}]", "entry 1"),
        (f"key: {SECRET}", "teachers:"),
        ("teachers:\n  - {preset: gpt-4o}\n  - {preset: gpt-4o}", "two teachers"),
        ("teachers:\n  - {preset: gpt-4o, parameters: {stream: true}}", "stream"),
        ("teachers:\n  - {preset: gpt-4o, parameters: {max_tokens: lots}}", "max_tokens"),
        ("teachers:\n  - {preset: gpt-4o, parameters: {max_tokens: -4}}", "max_tokens"),
        ("teachers:\n  - {preset: gpt-4o, parameters: {temperature: .nan}}", "JSON"),
        ("teachers:\n  - {preset: gpt-4o, parameters: {until: 2026-01-01}}", "JSON"),
    ],
)
def test_faults_are_one_line_without_the_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TeacherError) as e:
        load(tmp_path, text)
    assert says in str(e.value)
    assert "\n" not in str(e.value) and SECRET not in str(e.value) and SECRET not in repr(e.value.__cause__)


def test_the_key_is_read_late_and_stays_out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = load_teachers()["gpt-4o"]
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(TeacherError, match="export OPENAI_API_KEY"):
        teacher.key()
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert teacher.key() == SECRET
    assert SECRET not in repr(teacher) + teacher.model_dump_json()
    assert teacher.scrub(f"Bearer {SECRET}!") == "Bearer ***!"
    monkeypatch.setenv("OPENAI_API_KEY", f"{SECRET}\nX: y")
    with pytest.raises(TeacherError) as e:
        teacher.key()
    assert SECRET not in str(e.value)
