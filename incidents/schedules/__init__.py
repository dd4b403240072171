"""Who is on call when: read from windows, feeds, shifts, swaps and overrides; changed by verbs; published."""
