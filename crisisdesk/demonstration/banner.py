"""What the person sees when everything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crisisdesk.demonstration.people import WHO_SIGN_IN

WIDTH = 78


def banner(
    *, web: str, tray: str, passwords: Mapping[str, str], command: str, incident: str, notes: Sequence[str]
) -> str:
    """Addresses, one login for each group, and the next step of the tour."""
    rows = [(person.username, passwords[person.username], person.group.value) for person in WHO_SIGN_IN]
    wide = max(len(password) for _, password, _ in rows)
    lines = [
        "",
        "─" * WIDTH,
        "  CrisisDesk is running.",
        "",
        f"  The desk        {web}/",
        f"  The mail tray   {tray}/",
        "",
        "  Sign in as      with the password".ljust(22 + wide) + "of",
        *(f"  {name:<15} {password:<{wide}}    {group}" for name, password, group in rows),
        "",
        *([f"  In progress     {incident}", ""] if incident else []),
        "  Next: sign in as ivo, then fire an alarm from another terminal:",
        f"    {command}",
        "  and see what wakes him. The walk by hand: docs/tutorial/README.md",
        "",
        *(f"  {note}" for note in notes),
        *([""] if notes else []),
        "  Nothing leaves this machine. Ctrl-C ends all of it and keeps the data.",
        "─" * WIDTH,
        "",
    ]
    return "\n".join(lines)
