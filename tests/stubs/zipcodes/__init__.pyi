"""What of zipcodes this project calls."""

from typing import Any

def matching(zipcode: str) -> list[dict[str, Any]]: ...
