"""Run migrations against the application's database, each whole or not at all.

SQLite: batch mode recreates a table, which with foreign keys on would silently delete its children
(ON DELETE CASCADE). They are switched off before BEGIN and every reference is checked before COMMIT.
"""

from alembic import context
from flask import current_app

import marketplace.models  # noqa: F401  the metadata must be whole
from marketplace.db import Base

engine = current_app.extensions["migrate"].db.engine


def run() -> None:
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_as_batch=sqlite,
                compare_type=True,
                transaction_per_migration=not sqlite,
                transactional_ddl=True,  # SQLite's too: its transactions begin explicitly (marketplace.db)
            )
            with context.begin_transaction():
                context.run_migrations()
                if sqlite:
                    refuse_dangling(connection)
        finally:
            connection.rollback()  # the pragma does nothing inside a transaction
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def refuse_dangling(connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"migration leaves {len(broken)} dangling references: {broken[:3]}")


if context.is_offline_mode():
    raise SystemExit("These migrations read the database; run them against one.")
run()
