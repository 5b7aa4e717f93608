"""The site's settings for making the benchmark's tables from the models: running the migrations takes a minute."""

from social.settings import *  # noqa: F403 - settings are a module of names


class _None:
    """No app has migrations."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


MIGRATION_MODULES = _None()
