"""Accepting an invitation to a role at a school or facility."""
