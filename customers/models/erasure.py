"""Addresses of people who were erased on request: not kept, and yet known again."""

from __future__ import annotations

from django.db import models


class ErasedAddress(models.Model):
    """A keyed digest of an address that somebody had erased, so that the next import does not bring it back.

    The address can't be read from it; it only answers whether one that is given is the same.
    """

    mark = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"an address erased on {self.at:%Y-%m-%d}"
