"""The try-out: an invented vendor, its people, its past, an outage in progress, and a tray for the mail it sends.

Nothing outside this machine is ever contacted.
"""
