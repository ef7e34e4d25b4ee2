"""The front door: `circuit-vqa <room> <verb>`. A room is imported only when it is called, so help is quick."""

from __future__ import annotations

import importlib
import os
import sys

ROOMS = {
    "synth": ("synth.cli", "make verified questions and answers: circuits, netlists, split, export"),
    "recipes": ("swift_recipes.cli", "what is handed to ms-swift: list, show, the tiny stand-in model"),
    "eval": ("eval.cli", "run EvalScope benches, compare reports, grade replies that exist"),
}
STOPPED = 130  # what shells give for Ctrl-C
STOPPED_LINE = "stopped; what was done is kept, the same command goes on from there"
USAGE = """usage: circuit-vqa <room> <verb> [options]

Teach a small vision-language model to read circuit diagrams.

rooms
{rooms}

  circuit-vqa <room> --help           the verbs of a room
  circuit-vqa <room> <verb> --help    the options of a verb
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns its exit code: 0 done, 1 a fault the user can mend, 2 bad usage, 130 stopped."""
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
        app = importlib.import_module(ROOMS[room][0]).app
        code = app(args, prog_name=f"circuit-vqa {room}", standalone_mode=True)
        return int(code or 0)
    except SystemExit as e:
        if e.code == STOPPED:
            return _fail(STOPPED_LINE, STOPPED)
        return e.code if isinstance(e.code, int) else int(bool(e.code))
    except KitError as e:
        return _fail(str(e), e.exit_code)
    except KeyboardInterrupt:
        return _fail(STOPPED_LINE, STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader (`head`) has enough
        return 0
    except OSError as e:
        return _fail(f"{e.strerror or e}" + (f": {e.filename}" if e.filename else ""), 1)


def _fail(line: str, code: int) -> int:
    print("circuit-vqa: " + " ".join(line.split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
