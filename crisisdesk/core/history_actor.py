"""The actor's name in each history row. Apart from `history`, so that it loads before the models do."""

from __future__ import annotations

from typing import Any


def name_actor(*, instance: Any, history_instance: Any, history_user: Any, **_: Any) -> None:
    """Receiver of simple-history's own hook, called for each history row before it is saved."""
    if hasattr(history_instance, "history_actor"):
        history_instance.history_actor = getattr(instance, "_history_actor", "") or str(history_user or "")
