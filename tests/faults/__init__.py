"""Faults, made on purpose, and what must hold after each of them (docs/reference/faults.md).

    mail_server   an SMTP server, a process of its own, that misbehaves as `rules` say and keeps a ledger on disk
    rules         which fault meets whom: by recipient, or by seed
    mail_ledger   what that server accepted, read back
    checks        the ledger against the database: I1 to I5
    place         a database, a mail server and a real desk, for as long as a fault lasts
    world         customers with canaries, an incident, promises that tick
    victims       the processes of a running desk by the part they play
    kills         F1: `kill -9` of each of them while a send runs
    restarts      F2: PostgreSQL killed and started again while a send runs

`python -m tests.faults …` runs the long ones; the tests beside them are the short ones.
"""
