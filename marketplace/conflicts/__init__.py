"""Conflicts of interest: pairs that either side excludes, and own employers."""
