"""The front door: `circuit-vqa <room> <verb>`. A room is imported only when it is called, so help is quick."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import signal
import sys
from types import FrameType

ROOMS = {
    "synth": ("synth.cli", "make verified questions and answers: circuits, netlists, import, split, export"),
    "kd": ("kd.cli", "what a teacher adds: analyses, worked solutions, rejection sampling"),
    "recipes": ("swift_recipes.cli", "what is handed to ms-swift: list, show, the tiny stand-in model"),
    "eval": ("eval.cli", "run EvalScope benches, compare reports, grade replies that exist"),
}
STOPPED = 130  # what shells give for Ctrl-C
STOPPED_LINE = "stopped; what was done is kept, the same command goes on from there"
MENDS = {  # what the system says of a file, and what helps
    errno.ENOSPC: "the disk is full; free some space and run the same command again, what was done is kept",
    errno.EDQUOT: "your share of the disk is full; free some space and run the same command again",
    errno.EROFS: "lies on a disk that may only be read; name another place",
    errno.EACCES: "no right to read or write it; change its rights or name another place",
    errno.EPERM: "no right to change it; change its rights or name another place",
    errno.EEXIST: "is a file where a folder should be; name another place or move it away",
    errno.ENOTDIR: "a part of this path is a file, not a folder; name another place",
    errno.EISDIR: "is a folder where a file should be; move it away",
    errno.ELOOP: "a link in this path leads back to itself; remove the link or name another place",
    errno.ENOENT: "there is no such file or folder",
}
USAGE = """usage: circuit-vqa <room> <verb> [options]

Teach a small vision-language model to read circuit diagrams.

rooms
{rooms}

  circuit-vqa <room> --help           the verbs of a room
  circuit-vqa <room> <verb> --help    the options of a verb
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns its exit code: 0 done, 1 a fault the user can mend, 2 bad usage, 130 stopped."""
    if argv is None:
        signal.signal(signal.SIGINT, _first_ctrl_c)
    args = sys.argv[1:] if argv is None else argv
    if not args or args[0] in ("-h", "--help", "help"):
        print(USAGE.format(rooms="\n".join(f"  {r:<9} {text}" for r, (_, text) in ROOMS.items())))
        return 0 if args else 2
    if args[0] in ("-V", "--version", "version"):
        from importlib.metadata import version

        print(f"circuit-vqa {version('circuit-vqa')}")
        return 0
    if args[0] not in ROOMS:
        return _fail(f"no room {args[0]!r}; there are: {', '.join(ROOMS)}", 2)
    return _run(args[0], args[1:])


def _run(room: str, args: list[str]) -> int:
    from qa.errors import KitError

    try:
        code = _called(room, args)
        print(end="", flush=True)  # a full disk behind `> file` is told here, not by the interpreter on its way out
    except KitError as e:
        return _fail(str(e), e.exit_code)
    except KeyboardInterrupt:
        return _fail(STOPPED_LINE, STOPPED)
    except BrokenPipeError:
        return _unheard(0)  # the reader (`head`) has enough
    except OSError as e:
        return _unheard(_fail(system_fault(e), 1))
    return _fail(STOPPED_LINE, STOPPED) if code == STOPPED else code


def _called(room: str, args: list[str]) -> int:
    """The exit code of a room's command; a fault in its arguments is said in one line."""
    app = importlib.import_module(ROOMS[room][0]).app
    from typer import BadParameter

    usage_error: type[Exception] = BadParameter.__mro__[1]  # click's, which some versions of typer bring along
    try:
        code = app(args or ["--help"], prog_name=f"circuit-vqa {room}", standalone_mode=False)
    except usage_error as e:
        where = getattr(getattr(e, "ctx", None), "command_path", f"circuit-vqa {room}")
        said = e.format_message() if hasattr(e, "format_message") else str(e)
        return _fail(f"{said} See: {where} --help", 2)
    except SystemExit as e:
        if isinstance(e.__context__, BrokenPipeError):
            raise e.__context__ from None
        return e.code if isinstance(e.code, int) else int(bool(e.code))
    return code if isinstance(code, int) and args else 2 * (not args)


def system_fault(e: OSError) -> str:
    """What the operating system refused, where, and how to mend it, in one line."""
    mend = MENDS.get(e.errno or 0, e.strerror or str(e))
    return f"{os.fspath(e.filename)!s}: {mend}" if e.filename is not None else mend


def _first_ctrl_c(*_: object) -> None:
    """The first Ctrl-C ends in order, the second at once: no trace of a clean-up that was cut short."""
    signal.signal(signal.SIGINT, _second_ctrl_c)
    raise KeyboardInterrupt


def _second_ctrl_c(_: int, __: FrameType | None) -> None:
    os._exit(_fail(STOPPED_LINE, STOPPED))


def _unheard(code: int) -> int:
    """What is still to be printed goes nowhere, so that the interpreter does not stumble over it when it ends."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _fail(line: str, code: int) -> int:
    print("circuit-vqa: " + " ".join(line.split()), file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
