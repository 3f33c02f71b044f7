"""What participants see of a decided round: its seal, and after the release their own results."""
