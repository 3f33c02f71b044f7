"""What organisations are called, and how alike two such names are. Knows names and addresses, no features."""
