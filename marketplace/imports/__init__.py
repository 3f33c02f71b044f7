"""Students and slots from a coordinator's own CSV files: check, show what would change, then write."""
