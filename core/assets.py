"""One stylesheet for the browser, written as one file per component: put together here, with no build step.

`static/css/*.css` are the parts. Each says its own `@layer`, so only the order of the layers matters, and that stands
in `LAYERS`. The browser asks for `kring.css`; collectstatic hashes and compresses it like any other file.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import FileSystemStorage

LAYERS = "@layer reset, tokens, base, layout, components, rooms, utilities;"
BUNDLE = "kring.css"
PARTS = "css"


def parts() -> list[Path]:
    """The source files of the stylesheet, in the order they are joined."""
    return sorted((Path(settings.BASE_DIR) / "static" / PARTS).glob("*.css"))


def stylesheet() -> str:
    """The whole stylesheet, without comments and indentation."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in parts())
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", "\n", text)
    return f"{LAYERS}\n{text.strip()}\n"


def built() -> Path:
    """The joined file on disk, made anew when a part is newer than it.

    Written beside and moved into place, so that two processes starting together never see half of it.
    """
    target = Path(settings.DATA_DIR) / "assets" / BUNDLE
    # A removed part changes the folder's time, not a file's.
    sources = parts()
    newest = max(path.stat().st_mtime for path in [*sources, sources[0].parent, Path(__file__)])
    if not target.exists() or target.stat().st_mtime < newest:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(stylesheet())
        os.replace(temporary, target)
    return target


class Finder(FileSystemFinder):
    """Django's finder of `static/`, where the parts of the stylesheet are replaced by the whole."""

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        if path == BUNDLE:
            found = str(built())
            return [found] if kwargs.get("find_all") else found
        return super().find(path, *args, **kwargs)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            if not path.startswith(f"{PARTS}{os.sep}"):
                yield path, storage
        yield BUNDLE, FileSystemStorage(location=str(built().parent))
