"""Runs a walk's code on its desk's database: one process for all of it, a line of JSON for each piece.

The browser driver runs an event loop in the test's own process, where Django refuses the database, and a process for
each question would take seconds to start.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from contextlib import redirect_stdout

import django
from django.core.management.commands.shell import Command
from django.db import connections


def main() -> None:
    """Answer until nobody asks any more."""
    django.setup()
    names = Command().get_namespace(verbosity=0)
    for line in sys.stdin:
        json.dump(answer(json.loads(line), names), sys.stdout)
        sys.stdout.write("\n")
        sys.stdout.flush()


def answer(code: str, names: dict[str, object]) -> dict[str, object]:
    """Run the code as Django's shell would, all models at hand; what it printed, and whether it went well."""
    printed = io.StringIO()
    failed = ""
    try:
        with redirect_stdout(printed):
            exec(code, dict(names))  # noqa: S102 - the test's own code
    except Exception:  # noqa: BLE001 - the test shows it
        failed = traceback.format_exc()
    finally:
        # The next one sees what is committed then, as a process of its own would.
        connections.close_all()
    return {"printed": printed.getvalue(), "failed": failed}


if __name__ == "__main__":
    main()
