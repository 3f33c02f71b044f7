"""Every page about placements, registered on one blueprint."""

from __future__ import annotations

from marketplace.placements import (
    clearing_routes,
    desk_routes,
    extra_routes,
    file_routes,
    host_routes,
    repair_routes,
    request_routes,
    routes,
)
from marketplace.placements.blueprint import bp

__all__ = [
    "bp",
    "clearing_routes",
    "desk_routes",
    "extra_routes",
    "file_routes",
    "host_routes",
    "repair_routes",
    "request_routes",
    "routes",
]
