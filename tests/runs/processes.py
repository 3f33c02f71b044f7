"""Real processes that run the nightly job, started at once or stopped dead. For tests.

A starter builds the application once and forks a process for every job, so that jobs begin within a
millisecond of each other: what races at all, races here. A job may be sabotaged by Python source that runs
in its process first; the product itself has no switch for that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_STARTER = """
import json, multiprocessing, os, signal, sys, traceback
from marketplace.app import create_app

app = create_app()
context = multiprocessing.get_context("fork")


def job(number, barrier, pipe, order):
    try:
        exec(order["before"], {"app": app, "number": number})
        barrier.wait()
        result = app.test_cli_runner().invoke(args=order["arguments"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        pipe.send([result.exit_code, result.output])
    except BaseException:
        pipe.send([99, traceback.format_exc()])
    pipe.close()


for line in sys.stdin:
    order = json.loads(line)
    barrier = context.Barrier(order["count"])
    pipes, processes = [], []
    for number in range(order["count"]):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=job, args=(number, barrier, theirs, order))
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    outcomes = []
    for ours, process in zip(pipes, processes):
        try:
            outcomes.append(ours.recv())
        except EOFError:
            process.join()
            outcomes.append([process.exitcode, ""])
        process.join()
    print(json.dumps(outcomes), flush=True)
"""


def environment(url: str, home: Path, mail_url: str) -> dict[str, str]:
    """What a process of the installation with this database finds in its environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PRACTICUM_HOME": str(home),
        "DATABASE_URL": url,
        "MAIL_URL": mail_url,
    }


class Starter:
    """Starts jobs in processes of their own."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = dict(variables)
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _STARTER],
            cwd=ROOT,
            env=self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, count: int, *arguments: str, before: str = "") -> list[tuple[int, str]]:
        """Run ``flask ARGUMENTS`` in `count` processes at once; exit code and output of each.

        A process ended by a signal has its negative number as exit code.
        """
        assert self.process.stdin and self.process.stdout
        order = {"count": count, "arguments": arguments, "before": before}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the starter ended"
        return [(code, output) for code, output in json.loads(line)]

    def close(self) -> None:
        """End the starter."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def starter(variables: Mapping[str, str]) -> Iterator[Starter]:
    """A starter for the length of a block."""
    running = Starter(variables)
    try:
        yield running
    finally:
        running.close()


def flask(count: int, variables: Mapping[str, str], arguments: Sequence[str]) -> list[tuple[int, str]]:
    """Run ``flask ARGUMENTS`` in `count` fresh interpreters at once, as a person or cron would."""
    command = [sys.executable, "-W", "error", "-m", "flask", "--app", "wsgi", *arguments]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    started = [subprocess.Popen(command, cwd=ROOT, env=dict(variables), **options) for _ in range(count)]
    outputs = [process.communicate(timeout=120)[0] for process in started]
    return [(process.returncode, output) for process, output in zip(started, outputs, strict=True)]
