"""The product's settings, with the page that S8 compares with."""

from crisisdesk.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.storm_urls"
