"""The blueprint that the pages about placements share."""

from flask import Blueprint

bp = Blueprint("placements", __name__, url_prefix="/rounds/<int:round_id>")
