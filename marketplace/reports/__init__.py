"""Whoever is treated badly says so here; coordinators and operators look and answer."""
