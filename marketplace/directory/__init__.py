"""Public listings of facilities and programmes, imported from files. Listings are never hosts."""
