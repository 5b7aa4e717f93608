"""The site's settings for the server that the browser tests talk to: its own data, tables without migrations.

Everything else is as a company runs it: no debugging, hashed and compressed static files, the real policy of content.
"""

from social.settings import *
from social.settings import BASE_DIR, INSTALLED_APPS

MIGRATION_MODULES = {name.rpartition(".")[2]: None for name in INSTALLED_APPS} | {
    "wagtailcore": None,
    "wagtailadmin": None,
    "wagtaildocs": None,
    "wagtailimages": None,
    "wagtailsearch": None,
    "wagtailusers": None,
    "wagtailembeds": None,
    "wagtailforms": None,
    "wagtailredirects": None,
    "django_tasks_database": None,
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Kept between runs: collecting compresses some thousand files of the desk.
STATIC_ROOT = BASE_DIR / "build" / "browser" / "static"
KRING_LIMITS = {"POSTS_PER_MINUTE": 10_000}
