"""Rehearse, lock and seal, decide, release, close: what the nightly job does, and the way to the engine."""
