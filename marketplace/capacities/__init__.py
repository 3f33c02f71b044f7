"""Other places in a slot that a round counts on: the facility asks why, each round's coordinator decides."""
