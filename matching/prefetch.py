"""Ask for an entry before it is needed, so that cache misses overlap. Knows no algorithm.

Plainly it does nothing and loops leave it out; compiled it is one instruction, which never faults and changes
no value. :mod:`matching.compiled` teaches numba what it means.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any


def prefetch(array: Any, position: int) -> None:
    """A hint that ``array[position]``, which must not be negative, will be read soon."""


@cache
def teach_numba() -> None:
    """Give :func:`prefetch` its compiled meaning; once is enough."""
    extending: Any = import_module("numba.extending")
    types: Any = import_module("numba.core.types")
    ir: Any = import_module("llvmlite.ir")

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        data = context.make_array(kind)(context, builder, arguments[0]).data
        position = context.cast(builder, arguments[1], signature.args[1], types.intp)
        address = builder.bitcast(builder.gep(data, [position]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        instruction = builder.module.declare_intrinsic("llvm.prefetch", [address.type], shape)
        builder.call(instruction, [address, number(0), number(3), number(1)])  # read, keep, data
        return context.get_dummy_value()

    def typed(typing: Any, array: Any, position: Any) -> Any:
        return types.void(array, position), emit

    hint = extending.intrinsic(typed)

    def meaning(array: Any, position: Any) -> Any:
        def compiled_form(array: Any, position: Any) -> Any:
            hint(array, position)

        return compiled_form

    extending.overload(prefetch)(meaning)
