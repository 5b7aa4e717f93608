"""Reads tables and moments out of an archive, forgiving what may be forgiven."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

from django.utils.dateparse import parse_datetime

from integrations.moving.records import Trouble

# Bodies may be far longer than the csv module's default.
csv.field_size_limit(16 * 1024 * 1024)


def rows(stream: IO[bytes], name: str, troubles: list[Trouble] | None) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file as (line, {column in lower case: value}).

    UTF-8 with or without BOM; bytes that are not UTF-8 become U+FFFD. A row that is shorter than its head misses only
    the columns it lacks; one that is longer is reported and left out.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    # Without NUL, which csv refuses and databases misread.
    reader = csv.reader((line.replace("\0", "") if "\0" in line else line for line in text), strict=False)
    try:
        head = [column.strip().lower() for column in next(reader, [])]
    except csv.Error as error:
        if troubles is not None:
            troubles.append(Trouble(name, 1, str(error)))
        return
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if troubles is not None:
                troubles.append(Trouble(name, line, str(error)))
            continue
        if not any(row):
            continue
        if len(row) > len(head):
            if troubles is not None:
                troubles.append(Trouble(name, line, f"it has {len(row)} columns where the head has {len(head)}"))
            continue
        yield line, dict(zip(head, row, strict=False))


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """A member of a checked archive, for reading."""
    return archive.open(info)


def moment(value: str) -> datetime | None:
    """A time of an export in UTC, or None: ISO 8601, "2018/07/18 07:17:41 +0000", or seconds since 1970."""
    value = (value or "").strip()
    if not value:
        return None
    try:
        if value.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(value), UTC)
        found = parse_datetime(value.replace("/", "-").replace(" +0000", "+00:00").replace(" UTC", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    if found is None:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if 1970 <= found.year <= 9000 else None


def truth(value: str) -> bool:
    """`TRUE`, `true`, `1`, `yes` and `t` are true."""
    return (value or "").strip().lower() in ("true", "1", "yes", "t")
