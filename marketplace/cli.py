"""The operator's shell: ``flask ...``. Each command is an edge: it reads the clock and commits.

Commands live with their feature; this file only gathers them.
"""

from __future__ import annotations

from flask import Flask

from marketplace.backup.commands import backup_command, restore_command
from marketplace.directory.commands import COMMANDS as DIRECTORY
from marketplace.operators.commands import group as operators_group
from marketplace.runs.commands import nightly_command, round_group

COMMANDS = (nightly_command, round_group, operators_group, backup_command, restore_command, *DIRECTORY)


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in COMMANDS:
        app.cli.add_command(command)
