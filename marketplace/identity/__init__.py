"""Is it one of these? Claim a listing, verify a facility, merge two that are one. Stands above rounds."""
