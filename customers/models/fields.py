"""Fields that keep an address in one spelling, whoever types it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import Field as FormField

from customers.addresses import normalise_email, normalise_phone, validate_address

if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
    _EmailField = models.EmailField[str, str]
else:
    _CharField = models.CharField
    _EmailField = models.EmailField

# Room for what people type around the 16 characters of E.164: blanks, brackets, a trunk zero.
TYPED_PHONE_LENGTH = 40


class PhoneField(_CharField):
    """A telephone number, kept in E.164; typed in any way that names the country."""

    def to_python(self, value: Any) -> str:
        """Normalise on validation; raises ValidationError with a text for the person who typed it."""
        text = super().to_python(value)
        return normalise_phone(text) if text else ""

    def get_prep_value(self, value: Any) -> Any:
        """Normalise on the way to the database too, so that no code path stores another spelling."""
        if not isinstance(value, str):
            return value
        try:
            return normalise_phone(value)
        except ValidationError:
            return value  # a search term, or a row the check constraint will refuse

    def formfield(self, **kwargs: Any) -> FormField | None:
        """A wider input than the column: the number is shortened when it is cleaned."""
        return super().formfield(**{"max_length": TYPED_PHONE_LENGTH, **kwargs})


class AddressField(forms.EmailField):
    """A text input: browsers refuse international local parts in one of type e-mail, and rewrite such domains."""

    default_validators = [validate_address]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.input_type = "text"
        self.widget.attrs.setdefault("inputmode", "email")


class NormalisedEmailField(_EmailField):
    """An e-mail address of any script, kept trimmed and with its domain in lower case."""

    default_validators = [validate_address]

    def formfield(self, **kwargs: Any) -> FormField | None:
        """An input that takes what the column takes."""
        return super().formfield(**{"form_class": AddressField, **kwargs})

    def to_python(self, value: Any) -> str:
        """Normalise on validation."""
        text = super().to_python(value)
        return normalise_email(text) if text else ""

    def get_prep_value(self, value: Any) -> Any:
        """Normalise on the way to the database too."""
        return normalise_email(value) if isinstance(value, str) else value
