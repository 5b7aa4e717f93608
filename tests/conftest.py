"""What holds for every test; settings.py beside this file holds the rest.

The network is shut by pytest-socket (`addopts` in pyproject.toml): a test reaches this machine and no other.
pytest-django makes the database; `tests.make` makes people and what they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Compile the translations that changed, once, before the workers of xdist start."""
    if not hasattr(config, "workerinput"):
        from tools.messages import compile_stale

        compile_stale(ROOT)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """What one test has cached, no other finds."""
    from django.core.cache import cache

    cache.clear()
    yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tables from the models (`--no-migrations`), and what the migrations would have put into them."""
    from tests.ground import plant

    with django_db_blocker.unblock():
        plant()
