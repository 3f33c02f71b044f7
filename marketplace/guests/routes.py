"""Every page behind a link, registered on one blueprint."""

from __future__ import annotations

from marketplace.guests import (
    confirm_routes,
    host_routes,
    link_routes,
    rank_routes,
    result_routes,
    sending_routes,
    still_routes,
)
from marketplace.guests.blueprint import bp

__all__ = [
    "bp",
    "confirm_routes",
    "host_routes",
    "link_routes",
    "rank_routes",
    "result_routes",
    "sending_routes",
    "still_routes",
]
