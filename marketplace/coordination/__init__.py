"""A coordinator's view of a round: where it stands, what to do, its result before and after release."""
