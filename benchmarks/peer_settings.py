"""Django settings of the peers alone: django-post-office and django-mailer on a database beside the desk's own."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent
DATABASES = {"default": environ.Env.db_url_config(os.environ["PEER_DATABASE_URL"])}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # As the desk has it, so that the comparison is about the sender.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
DATABASES["default"]["CONN_MAX_AGE"] = 600
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "post_office", "mailer"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SECRET_KEY = "of-the-peers-alone"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ.get("PEER_MAIL_PORT", "25"))
MAILER_EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
MAILER_EMAIL_MAX_BATCH = None
MAILER_EMAIL_THROTTLE = 0
LOGGING = {"version": 1, "root": {"level": "ERROR"}}
POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}, "MESSAGE_ID_ENABLED": True}
if os.environ.get("PEER_TUNED"):
    # Measured best on two processors among batches of 500 to 5,000 and 2 to 10 threads.
    POST_OFFICE |= {"BATCH_SIZE": 2000, "THREADS_PER_PROCESS": 5, "LOG_LEVEL": 0}
