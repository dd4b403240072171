"""An invented SaaS vendor of any size, for the demonstration, the tests and the benchmarks."""

from customers.company.load import SIZES, Loaded, load_company

__all__ = ["SIZES", "Loaded", "load_company"]
