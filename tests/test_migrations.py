"""The migrations make, from nothing, the tables that the models describe and the ground that tests/ground.py plants.

All other tests make their tables without migrations, so these hold that an installed Kring stands on the same ground.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
#: What both grounds must hold alike: tables whose rows migrations write, and the columns that say which rows those are.
GROUND = {
    "wagtailcore_locale": "language_code",
    "core_audience": "kind, open",
    "knowledge_page": "depth, slug, path, url_path, live, numchild, audience_id IS NULL",
    "wagtailcore_site": "is_default_site",
    "wagtailcore_collection": "depth, name, path",
}


@pytest.mark.django_db
def test_no_model_has_changed_without_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.slow
@pytest.mark.django_db
def test_migrations_from_nothing_make_the_same_tables_and_the_same_ground(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the tables are compared as SQLite describes them")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE_URL", "DJANGO_"))}
    environment |= {"KRING_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "social.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    migrated = sqlite3.connect(tmp_path / "kring.sqlite3")
    try:
        theirs, their_ground = described(migrated.execute), ground(migrated.execute)
    finally:
        migrated.close()
    with connection.cursor() as cursor:
        ours, our_ground = described(cursor.execute), ground(cursor.execute)
    assert theirs.keys() - {"django_migrations"} == ours.keys()
    different = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    assert not different, json.dumps(different, indent=1)
    assert their_ground == our_ground


def described(run: Callable[..., Any]) -> dict[str, list]:
    """Tables with their columns (name, type, null, key) and the columns of their unique indexes."""
    names = [row[0] for row in run("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in names:
        if name.startswith("sqlite_") or "_fts" in name:
            continue
        columns = sorted([*row[1:4], row[5]] for row in run(f"PRAGMA table_info('{name}')"))
        unique = []
        for row in list(run(f"PRAGMA index_list('{name}')")):
            if row[2]:
                unique.append([part[2] for part in run(f"PRAGMA index_info('{row[1]}')")])
        found[name] = [columns, sorted(unique, key=str)]
    return found


def ground(run: Callable[..., Any]) -> dict[str, list]:
    """The rows that are there from the beginning."""
    return {
        table: sorted(map(tuple, run(f"SELECT {columns} FROM {table}")))  # noqa: S608
        for table, columns in GROUND.items()
    }
