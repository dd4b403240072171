"""The executive review at /review/."""
