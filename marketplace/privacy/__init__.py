"""Everything held about a person, for that person."""
