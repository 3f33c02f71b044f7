"""Compile a function when numba (the extra ``fast``) is installed; otherwise there is only its plain form.

Knows no algorithm. The plain form is always what the source says; compiled and plain give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, TypeVar

from matching.prefetch import teach_numba

# Loading numba takes about as long as the plain kernel takes for this many list entries.
_ENOUGH: Final = 300_000
_SOME: Final = 3_000  # once it is loaded: calling it costs less than running plainly over so many
_LOADED: Final[set[Callable[..., Any]]] = set()

_Function = TypeVar("_Function", bound=Callable[..., Any])


def available() -> bool:
    """Whether numba is installed. Doesn't import it, which takes half a second."""
    return find_spec("numba") is not None


def worthwhile(function: Callable[..., Any], entries: int) -> bool:
    """Whether compiled code is there and this many list entries repay loading it, if it isn't loaded yet."""
    return entries >= (_SOME if function in _LOADED else _ENOUGH) and available()


@cache
def compiled(function: _Function) -> _Function:
    """The compiled form, kept in numba's cache on disk where that can be written.

    Functions that the source calls must be inlined by hand, apart from :func:`matching.prefetch.prefetch`: it
    is compiled alone.
    """
    numba: Any = import_module("numba")
    teach_numba()
    _LOADED.add(function)
    try:
        made: _Function = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # nowhere to keep the cache
        made = numba.njit(nogil=True)(function)
    return made
