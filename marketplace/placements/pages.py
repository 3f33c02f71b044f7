"""Every page about placements, registered on one blueprint."""

from __future__ import annotations

from marketplace.placements import desk_routes, host_routes, routes
from marketplace.placements.blueprint import bp

__all__ = ["bp", "desk_routes", "host_routes", "routes"]
