"""Settings, read from the environment; docs/configuration.md documents each of them.

Development defaults let two commands start a network. With `KRING_ENV=production` the process refuses to start
without `SECRET_KEY`, `ALLOWED_HOSTS` and `DATABASE_URL`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.str("KRING_ENV", "development") == "production"
DEBUG = env.bool("DEBUG", False)


def secret(name: str) -> str:
    """A secret: what the variable says, or what stands in the file that the variable with `_FILE` behind it names.

    Raises:
        ImproperlyConfigured: there is no such file, or we may not read it.
    """
    if not (place := env.str(f"{name}_FILE", "")):
        return env.str(name, "")
    try:
        return Path(place).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: {error.strerror}.") from error


TESTING = "pytest" in sys.modules

# --- Data: everything that must be kept lies under one directory. ---
DATA_DIR = KRING_DATA_DIR = Path(env.str("KRING_DATA_DIR", str(BASE_DIR / "var"))).resolve()
if not PRODUCTION:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

if PRODUCTION:
    missing = [name for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL") if not env.str(name, "")]
    if missing:
        raise ImproperlyConfigured(f"KRING_ENV=production needs {', '.join(missing)} in the environment.")
    SECRET_KEY = env.str("SECRET_KEY")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
        raise ImproperlyConfigured("SECRET_KEY must be at least 50 random characters.")
else:
    _key_file = DATA_DIR / "secret_key"
    SECRET_KEY = env.str("SECRET_KEY", "")
    if not SECRET_KEY:
        if not _key_file.exists():
            import secrets

            _key_file.touch(mode=0o600)
            _key_file.write_text(secrets.token_urlsafe(64))
        SECRET_KEY = _key_file.read_text().strip()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The address in mails and exports; scheme and host, no path.
BASE_URL = env.str("KRING_BASE_URL", "http://localhost:8000").rstrip("/")
WAGTAILADMIN_BASE_URL = BASE_URL

# Our own rooms; `pyproject.toml` says how they stand on one another.
ROOMS = [
    "social",
    "integrations",
    "feed",
    "knowledge",
    "groups",
    "people",
    "moderation",
    "search",
    "inbox",
    "files",
    "core",
]
INSTALLED_APPS = [
    *ROOMS,
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "notifications",
    "haystack",
    "channels",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "social.middleware.default_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "social.middleware.Compress",
    "social.middleware.Policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "people.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.preferences",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "social.middleware.refusals",
    "files.uploads.refuse_stopped",
]

ROOT_URLCONF = "social.urls"
ASGI_APPLICATION = "social.asgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "core.drawn.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ]
            if not DEBUG
            else ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "social.csrf.token",
                "csp.context_processors.nonce",
                "social.shell.shell",
            ],
        },
    }
]

# --- Database: SQLite with settings that survive a power cut (trust.md R10), or what DATABASE_URL says. ---
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'kring.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY;"
        ),
    }
    # Threads of the server each keep a connection; SQLite's are cheap.
    _database["CONN_MAX_AGE"] = None
else:
    _database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and live layer: in this process, or shared through Redis. ---
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    # A socket waits for five seconds at a time, which is also when the client of Redis gives up unless told otherwise:
    # it would end each socket of which nothing is heard.
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30}]},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "kring",
            "OPTIONS": {"MAX_ENTRIES": 20_000, "CULL_FREQUENCY": 10},
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- People and sessions. ---
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["people.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "people.passwords.Sensible"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", 60 * 60 * 24 * 30)
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

ACCOUNT_ADAPTER = "people.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "people.forms.SignUp",
    "login": "people.forms.LogIn",
    "add_email": "people.forms.NewAddress",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# By a code that is typed where the sign-up began: a link in a mail could be opened by someone who never signed up.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
# Room for someone who mistypes and begins anew, and too little to flood an address with letters.
ACCOUNT_RATE_LIMITS = {"confirm_email": "5/10m/key"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
USERSESSIONS_TRACK_ACTIVITY = False

# --- Mail. ---
if TESTING:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
elif env.str("EMAIL_URL", ""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Kring <kring@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Languages and time. ---
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en")
LANGUAGES = [("en", "English"), ("nl", "Nederlands"), ("de", "Deutsch"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "Europe/Brussels")

# --- Files. ---
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["core.assets.Finder", "django.contrib.staticfiles.finders.AppDirectoriesFinder"]
MEDIA_URL = "/media-is-not-served/"
MEDIA_ROOT = DATA_DIR / "media"
# A bucket for all of it in place of the data directory, over the S3 interface; none, and it lies on this disk.
KRING_S3 = {
    "bucket": env.str("KRING_S3_BUCKET", ""),
    # Of another provider than Amazon: "https://s3.example.com".
    "endpoint": env.str("KRING_S3_ENDPOINT", "").rstrip("/"),
    "region": env.str("KRING_S3_REGION", ""),
    "key": secret("KRING_S3_KEY"),
    "secret": secret("KRING_S3_SECRET"),
    # How the bucket is named in addresses: in the path, in the host, or as the endpoint suggests.
    "addressing": env.str("KRING_S3_ADDRESSING", "auto"),
    # What the bucket encrypts with: nothing said, "AES256", or "aws:kms" with a key of its own.
    "encryption": env.str("KRING_S3_ENCRYPTION", ""),
    "kms_key": env.str("KRING_S3_KMS_KEY", ""),
}
KRING_S3_PREFIX = env.str("KRING_S3_PREFIX", "").strip("/")
if KRING_S3["addressing"] not in ("auto", "path", "virtual"):
    raise ImproperlyConfigured("KRING_S3_ADDRESSING is auto, path or virtual.")
#: Attachments, faces and covers; and what Wagtail keeps. Each in both places: `files_move_storage` goes between them.
DISKS = {
    "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(DATA_DIR / "files")}},
    "default": {"BACKEND": "files.storage.MediaStorage", "OPTIONS": {"location": str(DATA_DIR / "media")}},
}
BUCKETS = {
    alias: {"BACKEND": f"files.buckets.{name}", "OPTIONS": {"prefix": f"{KRING_S3_PREFIX}/{folder}/".lstrip("/")}}
    for alias, name, folder in (("files", "Bucket", "files"), ("default", "MediaBucket", "media"))
}
STORAGES = {
    **(BUCKETS if KRING_S3["bucket"] else DISKS),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_HANDLERS = [
    "files.uploads.StopAtLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
# Behind nginx: the `internal` location that maps to DATA_DIR/files ("/kept/"), so that the proxy sends the bytes.
KRING_ACCEL_PREFIX = env.str("KRING_ACCEL_PREFIX", "")
# The virus scanner: the socket of clamd ("unix:/run/clamav/clamd.ctl" or "host:port"); none, and nothing is scanned.
KRING_CLAMD = env.str("KRING_CLAMD", "")
# What it cannot look into, and everything while it does not answer: held back ("hold"), or given with a mark ("mark").
KRING_UNSCANNED = env.str("KRING_UNSCANNED", "hold")
if KRING_UNSCANNED not in ("hold", "mark"):
    raise ImproperlyConfigured("KRING_UNSCANNED is hold or mark.")
# Whether the server asks the pages behind links for their titles and pictures. Off, nothing goes out to the web.
KRING_LINK_PREVIEWS = env.bool("KRING_LINK_PREVIEWS", True)
# Whether messages are sent to devices, through the makers of browsers; administrators can turn it off too.
KRING_PUSH = env.bool("KRING_PUSH", True)
# The network's own key for them: 32 bytes in base64 for addresses. Without one it is made, in DATA_DIR/push_key.pem.
KRING_PUSH_KEY = secret("KRING_PUSH_KEY")
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Search. ---
HAYSTACK_CONNECTIONS = {
    "default": {
        "ENGINE": "search.backends.KringWhooshEngine",
        "PATH": str(DATA_DIR / "index"),
        "INCLUDE_SPELLING": False,
    }
}
HAYSTACK_SIGNAL_PROCESSOR = "search.signals.OutboxSignalProcessor"

# --- Being told. ---
NOTIFICATIONS_NOTIFICATION_MODEL = "inbox.Notice"
DJANGO_NOTIFICATIONS_CONFIG = {"USE_JSONFIELD": True, "SOFT_DELETE": False}

# --- Work in the background. ---
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

# --- Knowledge (Wagtail). ---
WAGTAIL_SITE_NAME = "Kring"
# Our own page, picture and document models: their managers know only what the person at the desk may read.
WAGTAIL_PAGE_MODEL = "knowledge.Page"
WAGTAILIMAGES_IMAGE_MODEL = "knowledge.Figure"
WAGTAILIMAGES_IMAGE_FORM_BASE = "knowledge.forms.ImageForm"
WAGTAILDOCS_DOCUMENT_MODEL = "knowledge.Paper"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "knowledge.forms.DocumentForm"
WAGTAIL_WORKFLOW_ENABLED = False
WAGTAILADMIN_COMMENTS_ENABLED = False
# The desk's search box asks the rows themselves, by title: a second index would be a second copy.
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "knowledge.finding"}}
WAGTAIL_I18N_ENABLED = False
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAILEMBEDS_FINDERS: list[dict] = []
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp"]

# --- Limits may be tuned by the company: {"POST_CHARS": 40000}. ---
KRING_LIMITS = env.json("KRING_LIMITS", default={})

# --- Security. ---
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = env.bool("KRING_HTTPS", PRODUCTION)
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", True)
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    if env.bool("BEHIND_TLS_PROXY", True):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The desk (/admin/) replaces it by a policy of its own: knowledge.admin_urls.POLICY.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        # Players that administrators allow, in the pages that may show one: social.middleware.Policy.
        "frame-src": [NONE],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING" if TESTING else "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "uvicorn": {"level": "WARNING"},
        # It would log names of hosts that people link to.
        "urllib3": {"level": "CRITICAL"},
        # It would log the titles of pages.
        "wagtail": {"level": "WARNING"},
    },
}

# Named here so that the catalogue holds them.
LANGUAGE_NAMES = {"en": _("English"), "nl": _("Dutch"), "de": _("German"), "fr": _("French")}
