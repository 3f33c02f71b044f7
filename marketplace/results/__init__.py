"""What participants see of a released round: students their own result, facilities their own roster."""
