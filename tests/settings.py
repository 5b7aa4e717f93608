"""The site's settings for tests: data in a directory of its own, and passwords that cost nothing.

It is a settings module and no fixture because settings are read once, before any fixture: a test never touches the data
of a running Kring. DATABASE_URL and REDIS_URL are left as they are, so that the same tests run on PostgreSQL and Redis.
"""

import atexit
import os
import shutil
import tempfile

for _name in [name for name in os.environ if name.startswith("KRING_") and name != "KRING_SCALE"]:
    del os.environ[_name]
for _name in ("ALLOWED_HOSTS", "DEBUG", "EMAIL_URL", "LANGUAGE_CODE", "LOG_LEVEL", "SECRET_KEY", "TIME_ZONE"):
    os.environ.pop(_name, None)
os.environ["KRING_DATA_DIR"] = tempfile.mkdtemp(prefix="kring-tests-")
atexit.register(shutil.rmtree, os.environ["KRING_DATA_DIR"], ignore_errors=True)

# Workers of xdist share a Redis server and must not share its database: each test empties its cache.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if os.environ.get("REDIS_URL") and _worker.startswith("gw"):
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{int(_worker[2:]) + 1}"

from social.settings import *  # noqa: E402
from social.settings import DATA_DIR, DATABASES  # noqa: E402

# No test reaches the network: those of previews bring their own.
KRING_LINK_PREVIEWS = False

# No test is about how slow hashing is.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A file, as in production, and not SQLite's default for tests: in shared memory two connections lock each other out at
# once ("table is locked") instead of waiting, so that tests with threads would fail by chance. A power cut may take it.
_test_database = DATABASES["default"]
if _test_database["ENGINE"].endswith("sqlite3"):
    _test_database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    _test_database["OPTIONS"]["init_command"] = _test_database["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
