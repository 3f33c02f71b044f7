"""What the applications of one test process may share, so that not every test makes it again.

Each test has an application and a database of its own. Three things come out the same every time, and making
them again took half of a test: the functions that build addresses, compiled templates, and SQL text. They are
the libraries' own caches, kept longer; nothing of the product runs differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from marketplace.db import db

Builder = Callable[..., tuple[str, str]]

_templates: dict[str, bytes] = {}
_builders: dict[tuple[object, ...], Builder] = {}
#: By kind of database: the dialect that SQL was written for, which is part of the cache's keys, and the SQL.
_sql: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}

_build = Rule._compile_builder


def warm(app: Flask) -> Flask:
    """Let `app` use what earlier applications of this process made."""
    app.jinja_env.bytecode_cache = _Templates()
    with app.app_context():
        engine = db.engine
    if engine.dialect.name not in _sql:
        engine.connect().close()  # only a dialect that has seen its server is complete
        _sql[engine.dialect.name] = (engine.dialect, LRUCache(5_000))
    engine.dialect, engine._compiled_cache = _sql[engine.dialect.name]
    return app


class _Templates(BytecodeCache):
    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in _templates:
            bucket.bytecode_from_string(_templates[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        _templates[bucket.key] = bucket.bytecode_to_string()


def _compile_builder(rule: Rule, append_unknown: bool = True) -> Builder:
    """A rule's function that builds its address. It reads the rule it is called with, so rules share it."""
    defaults = tuple((rule.defaults or {}).items())
    key = (rule.rule, tuple(rule._trace), defaults, append_unknown)
    if key not in _builders:
        _builders[key] = _build(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _compile_builder  # type: ignore[method-assign]
