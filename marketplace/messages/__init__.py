"""Students and facilities write to each other here; nobody ever sees the other's address."""
