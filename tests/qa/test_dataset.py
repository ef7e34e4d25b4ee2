"""The dataset folder: whole lines only, faults named by file, line and field, nothing lost."""

from __future__ import annotations

import json
import multiprocessing
import resource
import signal
from pathlib import Path

import pytest
from PIL import Image

from qa.dataset import Dataset, DatasetError, write_whole
from qa.item import Item, Origin, item_id


def item(n: int, picture: str = "images/a.png") -> Item:
    return Item(
        id=item_id([picture], f"q{n}", None),
        pictures=(picture,),
        form="fill",
        level=1,
        topic="count",
        lang="zh",
        question=f"q{n}",
        answer=str(n),
        group=f"g{n % 3}",
        origin=Origin(source="circuits", writer="rule:x@1"),
    )


def png(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "white").save(path)
    return path.read_bytes()


def test_append_and_read_back(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "d")
    assert ds.append([item(1), item(2)]) == 2
    assert ds.append([]) == 0
    ds.append([item(3)])
    assert list(Dataset.open(tmp_path / "d").items()) == [item(1), item(2), item(3)]


def test_open_of_no_dataset_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"items\.jsonl; make one first"):
        Dataset.open(tmp_path)


def test_a_torn_last_line_is_ignored_then_cut_off(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    ds.append([item(1), item(2)])
    whole = ds.items_path.read_bytes()
    ds.items_path.write_bytes(whole + item(3).model_dump_json().encode()[:40])
    assert len(list(ds.items())) == 2
    again = Dataset.create(tmp_path)
    assert again.items_path.read_bytes() == whole
    again.append([item(3)])
    assert list(again.items()) == [item(1), item(2), item(3)]


def test_validate_names_file_line_and_field(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    png(tmp_path / "images/a.png")
    ds.append([item(1), item(2), item(1), item(4, "images/gone.png"), item(5, "images/torn.png")])
    (tmp_path / "images/torn.png").write_bytes(png(tmp_path / "images/a.png")[:50])
    row = json.loads(item(6).model_dump_json(exclude_none=True))
    lines = [row | {"level": 9}, {k: v for k, v in row.items() if k != "answer"}, row | {"pictures": ["../x.png"]}]
    with ds.items_path.open("a", encoding="utf-8") as f:
        f.write("".join(json.dumps(x) + "\n" for x in lines) + "not json\n")
    found = {(p.file, p.line, p.field.split(".")[0]) for p in ds.validate()}
    want = {(3, "id"), (4, "pictures"), (5, "pictures"), (6, "level"), (7, "answer"), (8, "pictures"), (9, "line")}
    assert found == {("items.jsonl", line, field) for line, field in want}
    assert all("\n" not in str(p) for p in ds.validate())
    with pytest.raises(DatasetError, match=r"items\.jsonl:6: level"):
        list(ds.items())


def _append_many(root: Path, start: int) -> None:
    ds = Dataset.create(root)
    for n in range(start, start + 40):
        ds.append([item(n), item(n + 1000)])


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    Dataset.create(tmp_path)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(tmp_path, start)) for start in (0, 100)]
    for w in workers:
        w.start()
    for w in workers:
        w.join(60)
        assert w.exitcode == 0
    numbers = sorted(int(i.question[1:]) for i in Dataset.open(tmp_path).items())
    assert numbers == sorted(n + more for n in [*range(40), *range(100, 140)] for more in (0, 1000))


def _append_until_full(root: Path, result: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ds = Dataset.create(root)
    ds.append([item(n) for n in range(5)])
    limit = ds.items_path.stat().st_size + 700
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        ds.append([item(n) for n in range(5, 25)])
        said = "no error"
    except OSError as e:
        said = type(e).__name__
    write_whole(Path(result), said.encode())


def test_a_full_disk_leaves_no_half_a_batch(tmp_path: Path) -> None:
    root, result = tmp_path / "d", tmp_path / "said"
    worker = multiprocessing.get_context("spawn").Process(target=_append_until_full, args=(root, str(result)))
    worker.start()
    worker.join(60)
    assert result.read_text() == "OSError"
    assert list(Dataset.open(root).items()) == [item(n) for n in range(5)]


def test_write_whole_keeps_the_old_file_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    write_whole(path, b"old")
    monkeypatch.setattr("os.fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_replace_and_manifest(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    ds.append([item(n) for n in range(6)])
    kept = ds.replace(lambda i: None if i.question == "q0" else i.model_copy(update={"split": "train"}))
    assert kept == 5
    manifest = ds.write_manifest(note="x")
    assert manifest["counts"]["items"] == 5
    assert manifest["counts"]["by_split"] == {"train": 5}
    assert ds.manifest()["note"] == "x"
    ds.manifest_path.write_text("{")
    with pytest.raises(DatasetError, match="not JSON"):
        ds.manifest()


def test_the_same_picture_is_stored_once(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    data = png(tmp_path / "x.png")
    assert ds.add_image(data) == ds.add_image(data)
    assert len(list(ds.images_dir.iterdir())) == 1


def test_one_command_fills_a_folder_at_a_time(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    half = ds.images_dir / ".tmp-killed"
    half.write_bytes(b"ha")
    with ds.filling():
        assert not half.exists(), "what a killed command left is cleared away"
        with pytest.raises(DatasetError, match="another command is working on"), Dataset(tmp_path).filling():
            pass
    with ds.filling():
        pass


def test_a_fault_of_the_disk_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OSError) as e:
        write_whole(tmp_path / "file" / "x.json", b"{}")
    assert str(tmp_path / "file") in str(e.value.filename)
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(OSError) as e:
        write_whole(tmp_path / "folder.json", b"{}")
    assert e.value.filename == str(tmp_path / "folder.json")
    assert not list(tmp_path.glob(".tmp-*"))
