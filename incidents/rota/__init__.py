"""Who holds a role when, as arithmetic: weekly windows, rotations, overrides and swaps become spans in UTC. Pure.

People and roles are numbers here; every moment is aware, every span includes its start and not its end.
"""

from incidents.rota.layers import Duty, Exchange, Layer, Piece, gaps, lacking, resolve
from incidents.rota.local import to_utc
from incidents.rota.weekly import Weekly, spans

__all__ = [
    "Duty",
    "Exchange",
    "Layer",
    "Piece",
    "Weekly",
    "gaps",
    "lacking",
    "resolve",
    "spans",
    "to_utc",
]
