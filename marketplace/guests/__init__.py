"""What people do without an account, through single-purpose links in their mail."""
