"""Write requirements/*.lock: the exact versions and the hashes of every file of them.

    python -m tools.lock                 choose the newest versions that pyproject.toml allows
    python -m tools.lock --keep          keep the versions that the locks name already where they still fit

The locks are layers: `scale`, `s3` and `dev` agree with `base`, `slow` and `browser` agree with `dev`. A lock names no
place to download from, so that a company's own mirror serves as well as any other.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"

#: Lock → (where its wishes stand, the extras it adds, the locks it must agree with).
LAYERS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "build": ("requirements/build.in", (), ()),
    "base": ("pyproject.toml", (), ("build",)),
    "scale": ("pyproject.toml", ("scale",), ("base",)),
    "s3": ("pyproject.toml", ("s3",), ("base", "scale")),
    "dev": ("pyproject.toml", ("dev",), ("base", "scale", "s3")),
    "slow": ("pyproject.toml", ("dev", "s3", "slow"), ("dev", "s3")),
    "browser": ("pyproject.toml", ("dev", "browser"), ("dev",)),
}

#: The Pythons that a lock must install on: the oldest is the one of Debian 12.
PYTHONS = ("3.11.2", "3.12", "3.13")


def main(arguments: list[str] | None = None) -> int:
    """Write all locks.

    Returns:
        0, or the exit status of the resolver when it finds no answer.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="keep the versions that are locked already")
    options = parser.parse_args(arguments)
    LOCKS.mkdir(exist_ok=True)
    for name in LAYERS:
        status = _resolve(name, keep=options.keep)
        if status:
            return status
        places = hosts((LOCKS / f"{name}.lock").read_text())
        if places:
            print(f"{name}.lock names {', '.join(places)}; a lock names no place to download from", file=sys.stderr)
            return 1
    return max(_try(python) for python in PYTHONS)


def hosts(text: str) -> list[str]:
    """Whatever in a lock looks like a place to download from: options for pip, addresses, host names."""
    found = []
    for line in text.splitlines():
        if re.search(r"^\s*(-i|--[\w-]*index\S*|--find-links|--trusted-host|-f)\b|://|@ ", line):
            found.append(line.strip())
    return found


def _resolve(name: str, *, keep: bool) -> int:
    source, extras, layers_below = LAYERS[name]
    target = LOCKS / f"{name}.lock"
    command = [
        sys.executable,
        "-m",
        "piptools",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--strip-extras",
        "--allow-unsafe",
    ]
    command += ["--resolver=backtracking", "--no-header", "--no-emit-index-url", "--no-emit-trusted-host"]
    command += ["--no-emit-find-links", "--no-emit-options", "--annotation-style=line"]
    command += [] if keep else ["--upgrade"]
    for extra in extras:
        command += ["--extra", extra]
    for below in ("floor.in", *(f"{layer}.lock" for layer in layers_below)):
        command += ["--constraint", f"requirements/{below}"]
    command += ["--output-file", str(target.relative_to(ROOT)), source]
    print(f"{target.relative_to(ROOT)} …")
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _try(python: str) -> int:
    """Ask the installer, without installing, whether the largest lock fits a version of Python."""
    print(f"Would it install on Python {python}?")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed"]
    command += ["--require-hashes", "--target", "build/nowhere", "--python-version", python]
    for lock in ("scale", "slow", "browser"):
        status = subprocess.run([*command, "-r", f"requirements/{lock}.lock"], cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
