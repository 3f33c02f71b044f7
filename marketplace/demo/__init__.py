"""The demonstration that ``./run`` loads: fictional people and facilities, built only through services."""
