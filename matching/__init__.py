"""Stable matching for practicum placements. Pure: arrays in, arrays and evidence out."""
