"""Settings, read from the environment (and from `.env` beside `manage.py`).

`docs/reference/settings.md` lists every variable with its meaning and default.
"""

import os
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

# Lets classes such as ModelForm[Template] name their type at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(env.str("CRISISDESK_ENV_FILE", default=str(BASE_DIR / ".env")))

DEBUG: bool = env.bool("DEBUG", default=False)
# Without a key of its own a process gets a random one: sessions then end with it, nothing is weaker.
SECRET_KEY: str = env.str("SECRET_KEY", default="") or get_random_secret_key()
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL: str = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
HTTPS: bool = env.bool("HTTPS", default=BASE_URL.startswith("https://"))
TEST_RUN: bool = env.bool("CRISISDESK_TEST_RUN", default=False)

INSTALLED_APPS = [
    "crisisdesk.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "anymail",
    "simple_history",
    "csp",
    "crisisdesk.core.apps.CoreConfig",
    "customers.apps.CustomersConfig",
    "incidents.apps.IncidentsConfig",
    "postmortems.apps.PostmortemsConfig",
    "crisisdesk.apps.CrisisDeskConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "crisisdesk.core.clock.one_moment",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crisisdesk.core.sessions.end_when_idle",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "crisisdesk.urls"
WSGI_APPLICATION = "crisisdesk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # WAL and IMMEDIATE: no lock errors under contention; see docs/decisions/0002-sqlite-wal-immediate.md.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
_database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=600)
_database["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["crisisdesk.core.signed_in.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=8 * 3600)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "crisisdesk.core.errors.csrf_failure"
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        # E-mail previews are sandboxed frames of our own origin.
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
    },
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
FORMAT_MODULE_PATH = ["crisisdesk.formats"]
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG or TEST_RUN:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / "var" / "media")

SIMPLE_HISTORY_REVERT_DISABLED = True

# The queue is a wake-up, the rows are the truth. The "loops" cluster has a worker for each leased loop; "default" does
# the rest.
CRISISDESK_LOOP_SECONDS: float = env.float("CRISISDESK_LOOP_SECONDS", default=60.0)
# How many processes send mail at once, over the whole installation; on SQLite it is one.
CRISISDESK_SENDERS: int = env.int("CRISISDESK_SENDERS", default=min(os.cpu_count() or 1, 4))
# How far sending stands behind promises and notifications when processors are short, as of `nice`.
CRISISDESK_SENDER_NICE: int = min(max(env.int("CRISISDESK_SENDER_NICE", default=10), 0), 19)
CRISISDESK_LOOP_WORKERS: int = env.int("CRISISDESK_LOOP_WORKERS", default=9 + CRISISDESK_SENDERS)
_LOOP_TIMEOUT = int(CRISISDESK_LOOP_SECONDS) + 60
Q_CLUSTER = {
    "name": "default",
    "label": "Background work",
    "orm": "default",
    "broker_class": "crisisdesk.core.engine.broker.Broker",
    "workers": env.int("CRISISDESK_WORKERS", default=2),
    "timeout": 300,
    "retry": 360,
    "max_attempts": 3,
    "poll": 0.2,
    "save_limit": -1,
    "ack_failures": True,
    "catch_up": False,
    "ALT_CLUSTERS": {
        "loops": {
            "workers": CRISISDESK_LOOP_WORKERS,
            "timeout": _LOOP_TIMEOUT,
            "retry": _LOOP_TIMEOUT + 30,
            "max_attempts": 1,
            "queue_limit": CRISISDESK_LOOP_WORKERS,
            "poll": 0.2,
            "save_limit": -1,
            "ack_failures": True,
            "catch_up": False,
        },
    },
}

# Mail. One URL per purpose: a paused customer send never pauses the mail that wakes people.
CUSTOMER_MAIL_URL: str = env.str("CUSTOMER_MAIL_URL", default="smtp://127.0.0.1:1025")
STAFF_MAIL_URL: str = env.str("STAFF_MAIL_URL", default=CUSTOMER_MAIL_URL)
VENDOR_NAME: str = env.str("VENDOR_NAME", default="Example Cloud")
PRODUCT_NAME: str = env.str("PRODUCT_NAME", default=VENDOR_NAME)
MAIL_DOMAIN: str = env.str("MAIL_DOMAIN", default="status.example.com")
MAIL_FROM: str = env.str("MAIL_FROM", default=f"{VENDOR_NAME} Support <support@{MAIL_DOMAIN}>")
# What recipients' mail systems take: domain=per minute/at once; * stands for all other domains.
DOMAIN_LIMITS: list[str] = env.list("DOMAIN_LIMITS", default=[])
# Under which names the sender's domain publishes its DKIM keys; read by `manage.py doctor` only.
DKIM_SELECTORS: list[str] = env.list("DKIM_SELECTORS", default=[])
STAFF_MAIL_FROM: str = env.str("STAFF_MAIL_FROM", default=f"CrisisDesk <desk@{MAIL_DOMAIN}>")
REPLY_TO: str = env.str("REPLY_TO", default=f"support@{MAIL_DOMAIN}")
DRILL_ADDRESS: str = env.str("DRILL_ADDRESS", default=f"drill@{MAIL_DOMAIN}")
DEFAULT_FROM_EMAIL = MAIL_FROM
SERVER_EMAIL = STAFF_MAIL_FROM
ADMINS: list[tuple[str, str]] = [("Operators", address) for address in env.list("ADMIN_MAIL", default=[])]
# Pinged once a minute while all is well: an external monitor (healthchecks.io, Uptime Kuma, Dead Man's Snitch) that
# misses the ping tells you that the desk itself is down.
DEADMAN_URL: str = env.str("DEADMAN_URL", default="")
ANYMAIL = {
    key: value
    for key, value in {
        "POSTMARK_SERVER_TOKEN": env.str("POSTMARK_SERVER_TOKEN", default=""),
        "MAILGUN_API_KEY": env.str("MAILGUN_API_KEY", default=""),
        "MAILGUN_SENDER_DOMAIN": env.str("MAILGUN_SENDER_DOMAIN", default=""),
        "MAILGUN_API_URL": env.str("MAILGUN_API_URL", default=""),
        "MAILGUN_WEBHOOK_SIGNING_KEY": env.str("MAILGUN_WEBHOOK_SIGNING_KEY", default=""),
        "RESEND_API_KEY": env.str("RESEND_API_KEY", default=""),
        "AMAZON_SES_REGION": env.str("AMAZON_SES_REGION", default=""),
        "AMAZON_SES_ACCESS_KEY_ID": env.str("AMAZON_SES_ACCESS_KEY_ID", default=""),
        "AMAZON_SES_SECRET_ACCESS_KEY": env.str("AMAZON_SES_SECRET_ACCESS_KEY", default=""),
        "AMAZON_SES_SESSION_TOKEN": env.str("AMAZON_SES_SESSION_TOKEN", default=""),
        "AMAZON_SES_CONFIGURATION_SET_NAME": env.str("AMAZON_SES_CONFIGURATION_SET_NAME", default=""),
        "AMAZON_SES_TOPIC_ARN": env.str("AMAZON_SES_TOPIC_ARN", default=""),
        "WEBHOOK_SECRET": env.str("ANYMAIL_WEBHOOK_SECRET", default=""),
    }.items()
    if value
}
# SMS. Without these nobody gets one.
TWILIO_ACCOUNT_SID: str = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN: str = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM: str = env.str("TWILIO_FROM", default="")
TWILIO_MESSAGING_SERVICE_SID: str = env.str("TWILIO_MESSAGING_SERVICE_SID", default="")
TWILIO_API_URL: str = env.str("TWILIO_API_URL", default="")
# What one segment costs, by the beginning of the number; shown before sending, in this currency.
SMS_PRICES: list[str] = env.list("SMS_PRICES", default=[])
SMS_CURRENCY: str = env.str("SMS_CURRENCY", default="USD")
# A telephone of your own that gets the texts of drills, one in each language; without it drills go by e-mail only.
DRILL_PHONE: str = env.str("DRILL_PHONE", default="")
# SMS and calls to staff have credentials of their own, so that nothing that stops customers' texts stops a page.
STAFF_TWILIO_LIKE_CUSTOMERS: bool = env.bool("STAFF_TWILIO_LIKE_CUSTOMERS", default=False)
STAFF_TWILIO_ACCOUNT_SID: str = env.str("STAFF_TWILIO_ACCOUNT_SID", default="")
STAFF_TWILIO_AUTH_TOKEN: str = env.str("STAFF_TWILIO_AUTH_TOKEN", default="")
STAFF_TWILIO_FROM: str = env.str("STAFF_TWILIO_FROM", default="")
STAFF_TWILIO_MESSAGING_SERVICE_SID: str = env.str("STAFF_TWILIO_MESSAGING_SERVICE_SID", default="")
STAFF_TWILIO_VOICE_FROM: str = env.str("STAFF_TWILIO_VOICE_FROM", default="")
STAFF_TWILIO_API_URL: str = env.str("STAFF_TWILIO_API_URL", default="")
# In which language calls are read: the language of alerts and incidents, in Twilio's words (en-US, en-GB, de-DE …).
STAFF_VOICE_LANGUAGE: str = env.str("STAFF_VOICE_LANGUAGE", default="en-US")
# Chat and push to staff through Apprise.
STAFF_CHAT: bool = env.bool("STAFF_CHAT", default=True)
# Hosts of your own network that addresses entered by people may lead to: calendars, chat and push. All other
# addresses inside are refused (ASVS 1.3.6).
INSIDE_HOSTS: list[str] = env.list("INSIDE_HOSTS", default=[])
# Signed links have keys of their own, newest first: rotating SECRET_KEY breaks no customer's link.
LINK_KEYS: list[str] = env.list("LINK_KEYS", default=[])
# How long providers' reports are kept, in days; 30 at least.
PROVIDER_EVENT_DAYS: int = env.int("PROVIDER_EVENT_DAYS", default=400)
JOURNAL_DIR: Path = Path(env.str("JOURNAL_DIR", default=str(BASE_DIR / "var" / "journal")))

# Times of the process, in seconds unless named otherwise.
ACKNOWLEDGE_SECONDS: int = env.int("ACKNOWLEDGE_SECONDS", default=300)
# How long a command role may be vacant before the people on call are told; the group hears after twice the time.
VACANT_ROLE_SECONDS: int = env.int("VACANT_ROLE_SECONDS", default=600)
# How long the first message after a declaration may take before backup and commander hear of it.
FIRST_MESSAGE_SECONDS: int = env.int("FIRST_MESSAGE_SECONDS", default=300)
QUALIFY_SECONDS: int = env.int("QUALIFY_SECONDS", default=900)
POSTMORTEM_BUSINESS_DAYS: int = env.int("POSTMORTEM_BUSINESS_DAYS", default=5)
HOLIDAY_COUNTRIES: list[str] = env.list("HOLIDAY_COUNTRIES", default=["US"])
# Days on which the vendor itself is closed: once ("2026-12-28") or every year ("12-24").
HOLIDAY_OWN_DAYS: list[str] = env.list("HOLIDAY_OWN_DAYS", default=[])
# Days of a quarter on which the review pack of the quarter before is made and mailed to executives; empty: never.
REVIEW_PACK_DAYS: list[int] = env.list("REVIEW_PACK_DAYS", cast=int, default=[10])
# Up to so many megabytes the pack is attached to the mail; beyond that the mail has the link only.
REVIEW_PACK_ATTACH_MB: float = env.float("REVIEW_PACK_ATTACH_MB", default=5.0)
# How long PDFs of the review and of post-mortems are kept, in days; 0 keeps them for good.
PRINTOUT_DAYS: int = env.int("PRINTOUT_DAYS", default=400)
# The largest file that a post-mortem takes, in megabytes.
ATTACHMENT_MAX_MB: float = env.float("ATTACHMENT_MAX_MB", default=10.0)
REPEAT_WINDOW_DAYS: int = env.int("REPEAT_WINDOW_DAYS", default=180)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "filters": {"tokens": {"()": "crisisdesk.core.private.WithoutTokens"}},
    "loggers": {
        # A line or two for each task, the supervisor's two probes a second included.
        "django-q": {"level": env.str("QUEUE_LOG_LEVEL", default="WARNING")},
        # Each step of each page that is printed.
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "django.request": {"filters": ["tokens"]},
        "django.security.csrf": {"filters": ["tokens"]},
    },
}
