"""Calendars of elsewhere that say who is on call: fetched, read, matched with people, kept."""
