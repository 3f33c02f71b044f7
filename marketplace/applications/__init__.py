"""Applying is a signed, dated consent: its rows, its end, the log of what was seen, slots that leave."""
