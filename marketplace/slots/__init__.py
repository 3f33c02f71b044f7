"""Posted positions: drafting, posting and closing them, the search, shortlists."""
