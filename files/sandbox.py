"""Parsers of hostile input that we would not have in our own process: each runs once, in a child with little.

The child has no environment, no open files of ours, a bounded memory and time, and it can write one file. What it gives
back is checked like anything that somebody sends.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

#: The program of the child; it imports nothing of ours.
PROGRAM = Path(__file__).with_name("inside.py")
#: Bytes of address space, and seconds of processor time, of one child.
MEMORY, SECONDS = 1536 * 2**20, 30

# One at a time in a process: what it costs is paid once, whoever sends.
_one = threading.BoundedSemaphore(1)


class Failed(Exception):
    """The child could not read it. Its text is a word of `inside.py`, or empty where it died."""


def run(
    task: str,
    source: Path,
    target: Path,
    *numbers: int,
    memory: int = MEMORY,
    seconds: int = SECONDS,
    program: str = "",
) -> str:
    """Let a child do `task` with the file `source`; it may write `target`.

    Args:
        task: a function of `inside.py`.
        source, target: files; `target` is new.
        numbers: what the task needs besides.
        memory, seconds: what it may take.
        program: a tool of the machine that the child becomes.

    Returns:
        What it says of its work, one line.

    Raises:
        Failed: it could not, or it took too much.
    """
    words = [task, source, target, memory, seconds, *numbers]
    command = [sys.executable, "-I", "-B", str(PROGRAM), *map(str, words)] + [program] * bool(program)
    with _one:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, and words of ours
                command,
                env={"LC_ALL": "C.UTF-8"},
                cwd=target.parent,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds * 3,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Failed from error
    said = done.stdout[:1000].decode("utf-8", "replace").strip()
    if done.returncode:
        raise Failed(said if done.returncode == 3 else "")
    return said
