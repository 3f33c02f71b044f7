"""Students, slots and agreements from a coordinator's own CSV files: check, show what would change, write."""
