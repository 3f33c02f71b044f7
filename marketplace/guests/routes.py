"""Every page behind a link, registered on one blueprint."""

from __future__ import annotations

from marketplace.guests import host_routes, link_routes
from marketplace.guests.blueprint import bp

__all__ = ["bp", "host_routes", "link_routes"]
