"""WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402

from crisisdesk.core.engine.memory import settle_web  # noqa: E402

# Every view is imported before the first reader asks, not by them.
_ = get_resolver().url_patterns
settle_web()
