"""The board of missing agreements: who waits, and how long there is still time."""
