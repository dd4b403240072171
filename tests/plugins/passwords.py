"""Passwords of the cast, hashed in one round.

The algorithm is Django's own, so that a process started with the product's settings accepts them too.
"""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """PBKDF2 without the hundreds of milliseconds that protect a real password."""

    iterations = 1
