"""What holds for every test; settings.py beside this file holds the rest.

The network is shut by pytest-socket (`addopts` in pyproject.toml): a test reaches this machine and no other.
pytest-django makes the database; `tests.make` makes people and what they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: The browser's tests need what `make browser-test` installs; without it there is nothing to read them with.
BROWSER = ("playwright", "axe_playwright_python")
collect_ignore = [] if all(find_spec(name) for name in BROWSER) else ["browser"]


def pytest_configure(config: pytest.Config) -> None:
    """Compile the translations that changed, once, before the workers of xdist start."""
    if not hasattr(config, "workerinput"):
        from tools.messages import compile_stale

        compile_stale(ROOT)


#: Where the longest tests stand. Begun last, one of them would leave a worker of xdist alone with it for a minute.
LONG = ("test_visibility.py", "test_queries.py", "test_leaks.py", "test_wagtail_desk.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first; apart from that in their order."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No test finds what another has cached, nor speaks the language of its last request."""
    from django.core.cache import cache
    from django.utils import timezone, translation

    from social import settings_row

    cache.clear()
    settings_row.forget()
    translation.deactivate()
    timezone.deactivate()
    yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tables from the models (`--no-migrations`), and what the migrations would have put into them."""
    from tests.ground import plant

    with django_db_blocker.unblock():
        plant()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test with transactions of its own empties every table behind it; the ground is planted again."""
    result = yield
    mark = item.get_closest_marker("django_db")
    if nextitem is not None and mark is not None and mark.kwargs.get("transaction"):
        from pytest_django.plugin import blocking_manager_key

        from tests.ground import plant

        with item.config.stash[blocking_manager_key].unblock():
            plant()
    return result


@pytest.fixture(autouse=True)
def _own_index(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test has an index of its own, so that rows of the test before are not in it; made when first written to."""
    if not request.node.get_closest_marker("django_db") and not {"db", "transactional_db"} & set(request.fixturenames):
        yield
        return
    import shutil
    import uuid

    from django.conf import settings

    from search.indexes import backend
    from search.store import Store

    engine = backend()
    engine.path, engine.setup_complete = str(Path(settings.DATA_DIR) / f"index-{uuid.uuid4().hex}"), False
    yield
    engine.index_store.forget()
    Store._stores.pop(engine.index_store.path, None)
    shutil.rmtree(engine.path, ignore_errors=True)
