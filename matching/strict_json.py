"""JSON without its loose ends: no duplicate keys, floats, NaN, huge or deep values. No knowledge of any
format.

Low level: imports :mod:`matching.errors` alone. The checks name a path, so that each complaint is one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from matching.errors import ProblemError, quoted

LARGEST = 2**53 - 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class _Repeated(dict[str, Any]):
    """An object in which a key stood twice: remembered here, reported once its path is known."""

    key: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    names = [name for name, _ in pairs]
    repeated.key = next(name for index, name in enumerate(names) if name in names[:index])
    return repeated


def _constant(text: str) -> NoReturn:
    raise ProblemError("json", f"{text} is not a number of JSON")


def read_text(path: str | Path) -> str:
    """Read a UTF-8 file; what is not UTF-8 is a :class:`ProblemError`, what cannot be opened an
    ``OSError``."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError("json", f"not UTF-8 at byte {error.start}") from None


def loads(text: str) -> Any:
    """Parse, or raise :class:`ProblemError` with one line."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ProblemError("json", f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ProblemError("json", "nested too deeply") from None
    except ProblemError:
        raise
    except ValueError:  # an integer with more digits than Python converts
        raise ProblemError("json", "an integer is too long") from None


@cache
def _together(required: tuple[str, ...], optional: tuple[str, ...]) -> frozenset[str]:
    return frozenset((*required, *optional))


def record(
    value: Any, path: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] | None = ()
) -> Mapping[str, Any]:
    """Check an object's keys; ``optional=None`` takes any key."""
    if type(value) is dict and optional is not None:  # the common case at the speed of set operations
        keys = value.keys()
        if keys <= _together(required, optional) and keys >= _together(required, ()):
            return value
    if not isinstance(value, dict):
        raise ProblemError(path, f"expected an object, not {kind(value)}")
    if isinstance(value, _Repeated):
        raise ProblemError(path, f"duplicate key {quoted(value.key)}")
    for key in value:
        if not isinstance(key, str):
            raise ProblemError(path, "a key is not a string")
        if optional is not None and key not in required and key not in optional:
            raise ProblemError(path, f"unknown key {quoted(key)}")
    for key in required:
        if key not in value:
            raise ProblemError(path, f"missing key {quoted(key)}")
    return value


def array(value: Any, path: str, *, length: int | None = None) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ProblemError(path, f"expected an array, not {kind(value)}")
    if length is not None and len(value) != length:
        raise ProblemError(path, f"expected {length} entries, not {len(value)}")
    return list(value)


def integer(value: Any, path: str, *, least: int = 0) -> int:
    if type(value) is not int:
        raise ProblemError(path, f"expected an integer, not {kind(value)}")
    if abs(value) > LARGEST:
        raise ProblemError(path, "an integer must be below 2^53 in absolute value")
    if value < least:
        raise ProblemError(path, f"expected at least {least}, not {value}")
    return value


def boolean(value: Any, path: str) -> bool:
    if type(value) is not bool:
        raise ProblemError(path, f"expected true or false, not {kind(value)}")
    return value


def string(value: Any, path: str) -> str:
    """Any string that UTF-8 can carry."""
    if not isinstance(value, str):
        raise ProblemError(path, f"expected a string, not {kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ProblemError(path, f"lone surrogate in {quoted(value)}") from None
    return value


def identifier(value: Any, path: str) -> str:
    """1 to 200 UTF-8 bytes without control characters."""
    if type(value) is str and value.isascii() and value.isprintable() and 0 < len(value) <= 200:
        return value
    if not 1 <= len(string(value, path).encode()) <= 200:
        raise ProblemError(path, f"expected 1 to 200 bytes, not {len(value.encode())}")
    if _CONTROL.search(value):
        raise ProblemError(path, f"control character in {quoted(value)}")
    return str(value)


def choice(value: Any, path: str, *, among: Iterable[str]) -> str:
    wanted = list(among)
    if value not in wanted:
        raise ProblemError(path, f"expected {' or '.join(map(quoted, wanted))}, not {kind(value)}")
    return str(value)


def kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    if isinstance(value, str):
        return quoted(value)
    names = {bool: "a boolean", int: "an integer", float: "a float", type(None): "null"}
    names |= {list: "an array", tuple: "an array", dict: "an object", _Repeated: "an object"}
    return names.get(type(value), type(value).__name__)
