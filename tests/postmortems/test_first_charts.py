"""The first charts of a process, asked for at the same moment as a page asks for them; in a process of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "crisisdesk.settings"
import django
django.setup()
import datetime, sys, threading
from postmortems import charts
assert "matplotlib" not in sys.modules
tables = [[charts.Month(datetime.date(2026, 1, 1), (1, 2, 0, 0))], [charts.Share(1, "Capacity", 3, 90)]] * 2
together, drawn = threading.Barrier(len(tables)), []
def ask(rows):
    together.wait()
    drawn.append(charts.draw(rows, "light"))
asking = [threading.Thread(target=ask, args=(rows,)) for rows in tables]
[one.start() for one in asking]
[one.join() for one in asking]
print(sum(svg.rstrip().endswith("</svg>") for svg in drawn))
"""


def test_they_are_drawn_for_everybody_who_asks() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert (said.stdout.split(), said.stderr) == (["4"], "")
