"""What was measured, beside its gate, as a table."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import Any

#: Figures that noise cannot spoil: a gate of these that is not met fails the run.
FIRM = ("queries", "rows", "html", "gzip", "requests")
UNITS = {
    "cpu": "ms CPU",
    "empty": "ms CPU",
    "scaled": "ms CPU",
    "p50": "ms",
    "p95": "ms",
    "queries": "queries",
    "rows": "rows",
    "html": "KB",
    "gzip": "KB gz",
    "requests": "requests",
    "memory": "MB",
    "rate": "/s",
    "seconds": "s",
    "ratio": "×",
}
#: What a request with nothing in it takes where the gates were set, in ms of CPU.
QUIET = 0.7


@dataclass
class Figures:
    """One scenario at one size."""

    name: str
    size: str
    values: dict[str, float] = field(default_factory=dict)
    #: Name of a value → what it may be at most (or, of a rate, must be at least).
    gates: dict[str, float] = field(default_factory=dict)

    def met(self, what: str) -> bool:
        """Whether the gate of a value is met."""
        value, gate = self.values[what], self.gates[what]
        return value >= gate if what == "rate" else value <= gate

    def broken(self) -> list[str]:
        """Firm gates that are not met."""
        return [
            f"{self.name} at {self.size}: {self.values[what]:g} {UNITS[what]}, at most {gate:g}"
            for what, gate in self.gates.items()
            if what in FIRM and what in self.values and not self.met(what)
        ]

    def verdict(self) -> str:
        """Each gate with what became of it."""
        return " · ".join(
            f"{self._judged(what)} ({'≥' if what == 'rate' else '≤'} {gate:g} {UNITS[what]})"
            for what, gate in self.gates.items()
            if what in self.values
        )

    def _judged(self, what: str) -> str:
        if self.met(what):
            return "met"
        # A host that is busy with others makes every request dear, and the empty one with them.
        calm = what == "cpu" and self.values.get("scaled", self.values[what]) <= self.gates[what]
        return f"met at {QUIET}" if calm else "NOT met"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


COLUMNS = {
    "cpu": "CPU ms",
    "empty": "empty",
    "scaled": f"at {QUIET}",
    "p50": "p50 ms",
    "p95": "p95 ms",
    "queries": "queries",
    "rows": "rows",
    "html": "KB",
    "gzip": "KB gz",
}
#: Columns of words; the others hold figures.
WORDS = (0, 1, len(COLUMNS) + 2)


def table(found: list[Figures]) -> str:
    """The scenarios of a page, one a line; what has no column follows in words."""
    rows: list[tuple[str, ...]] = [("scenario", "size", *COLUMNS.values(), "gates")]
    for figures in found:
        values = [_number(name, figures.values.get(name)) for name in COLUMNS]
        others = [
            f"{_number(name, value)} {UNITS.get(name, name)}"
            for name, value in figures.values.items()
            if name not in COLUMNS
        ]
        verdict = figures.verdict()
        rows.append((figures.name, figures.size, *values, " · ".join(filter(None, [*others, verdict]))))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if at in WORDS else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("| " + " | ".join(cells).rstrip() + " |")
    rule = "|" + "|".join("-" * (width + 1) + ("-" if at in WORDS else ":") for at, width in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def machine() -> str:
    """The machine and how busy it is: without that, times mean nothing."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load}"


def _number(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in ("queries", "rows", "requests"):
        return f"{value:g}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
