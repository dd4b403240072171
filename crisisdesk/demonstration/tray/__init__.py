"""A mail server that keeps what it gets, and a page to read it. On 127.0.0.1 only; knows nothing of Django."""
