"""Pytest plugins of this project; pyproject.toml loads them before Django reads its settings."""
