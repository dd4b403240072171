"""Customers, contacts and what they use from one flat file: read, plan, look, apply. See docs/reference/import.md."""

from customers.imports.apply import apply, refusal
from customers.imports.columns import COLUMNS
from customers.imports.plan import ImportPlan, plan
from customers.imports.reading import Table, read

__all__ = ["COLUMNS", "ImportPlan", "Table", "apply", "plan", "read", "refusal"]
