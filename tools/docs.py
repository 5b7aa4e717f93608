"""The parts of the documentation that are made from the program: `python -m tools.docs` writes them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "configuration.md"
_BEGIN, _END = "<!-- limits: made by tools.docs -->\n", "<!-- end of limits -->"


def limits_table() -> str:
    """Every limit as a line of a Markdown table, in English."""
    from django.utils import translation

    from core import limits

    with translation.override("en"):
        rows = []
        for limit in limits.table():
            value = limits.written(limit.default) if limit.unit == limits.BYTES else f"{limit.default:,} {limit.unit}"
            rows.append(f"| `{limit.name}` | {limit.about} | {value} |")
    return "\n".join(["| Name | What is limited | Default |", "|---|---|---|", *rows, ""])


def page_with_limits(page: str) -> str:
    """The page with its table as the program has it now."""
    before, _mark, rest = page.partition(_BEGIN)
    _old, _mark, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{limits_table()}\n{_END}{after}"


def settings_read() -> set[str]:
    """The names of the environment that settings.py reads."""
    source = (ROOT / "social" / "settings.py").read_text(encoding="utf-8")
    named = re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", source)
    return {*named, *(name for name in re.findall(r"env\.(?:db|email)_url\(\"([A-Z_]+)\"", source))}


def main() -> int:
    """Write what has changed."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "social.settings")
    import django

    django.setup()
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page_with_limits(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
