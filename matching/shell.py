"""The command line: arguments in, one line of complaint or a file out. Knows no algorithm.

Exit codes: 0 done (or: all that the result claims holds), 1 a claim doesn't hold, 2 unreadable or refused.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import NoReturn

from matching import bundle
from matching.certificate import check
from matching.convert import READERS, from_glasgow
from matching.description import describe
from matching.errors import MatchingError
from matching.generate import Market, generate
from matching.lattice import all_stable
from matching.objectives import OBJECTIVES, solve
from matching.problem import Problem
from matching.reasons import Reason, explain
from matching.result import ENGINE, Result
from matching.strict_json import read_text

OK, FAILED, REFUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
        _show_progress()
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader had enough, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except MatchingError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'file'}: {error.strerror or error}", file=sys.stderr)
    return REFUSED


class _Parser(argparse.ArgumentParser):
    """Complains in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        raise MatchingError(f"{self.prog}: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m matching", description="Stable matching of students to slots.")
    parser.add_argument("--version", action="version", version=ENGINE)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    solving = commands.add_parser("solve", help="match students to slots")
    solving.add_argument("problem", metavar="PROBLEM")
    solving.add_argument("--objective", default="student-optimal", choices=OBJECTIVES, metavar="NAME")
    solving.add_argument("--seed", metavar="HEX", help="64 hexadecimal digits instead of the file's seed")
    solving.add_argument("--time-limit", type=float, metavar="SECONDS")
    solving.add_argument("-o", "--output", metavar="RESULT", help="write here instead of printing")
    solving.set_defaults(run=_solve)
    verifying = commands.add_parser("verify", help="check all that a result claims")
    verifying.add_argument("problem", metavar="PROBLEM")
    verifying.add_argument("result", metavar="RESULT")
    verifying.set_defaults(run=_verify)
    auditing = commands.add_parser("verify-bundle", help="check an auditors' bundle of a whole round")
    auditing.add_argument("bundle", metavar="BUNDLE")
    for option, key in bundle.ANCHORS.items():
        auditing.add_argument(option, dest=key, metavar="VALUE", help="as published while the round ran")
    auditing.set_defaults(run=_verify_bundle)
    explaining = commands.add_parser("explain", help="say why a student has what they have")
    explaining.add_argument("problem", metavar="PROBLEM")
    explaining.add_argument("result", metavar="RESULT")
    explaining.add_argument("--student", required=True, metavar="ID")
    explaining.set_defaults(run=_explain)
    describing = commands.add_parser("describe", help="count what a problem holds")
    describing.add_argument("problem", metavar="PROBLEM")
    describing.set_defaults(run=_describe)
    listing = commands.add_parser("all", help="every stable matching, one JSON object a line")
    listing.add_argument("problem", metavar="PROBLEM")
    listing.set_defaults(run=_all)
    _add_generate(commands.add_parser("generate", help="make a random problem"))
    converting = commands.add_parser("convert", help="read another format")
    converting.add_argument("kind", choices=READERS, metavar="FORMAT", help=", ".join(READERS))
    converting.add_argument("input", metavar="INPUT")
    converting.add_argument("--capacity", type=int, default=1, help="of every slot, without --capacities")
    converting.add_argument("--capacities", metavar="CSV", help="a file with the columns slot and capacity")
    converting.add_argument("-o", "--output", metavar="PROBLEM")
    converting.set_defaults(run=_convert)
    return parser


def _add_generate(parser: argparse.ArgumentParser) -> None:
    for field in fields(Market):
        option = f"--{field.name}"
        if field.default is MISSING:
            parser.add_argument(option, type=int, required=True, metavar="N")
        else:
            parser.add_argument(option, type=type(field.default), default=field.default, metavar="X")
    parser.add_argument("-o", "--output", metavar="PROBLEM")
    parser.set_defaults(run=_generate)


def _generate(options: argparse.Namespace) -> int:
    chosen = {field.name: getattr(options, field.name) for field in fields(Market)}
    write(generate(Market(**chosen)).to_json(), options.output)
    return OK


def _convert(options: argparse.Namespace) -> int:
    text = read_text(options.input)
    if options.kind == "glasgow":
        problem = from_glasgow(text)
    else:
        capacities = read_text(options.capacities) if options.capacities else options.capacity
        problem = READERS[options.kind](text, capacities)
    write(problem.to_json(), options.output)
    return OK


def _show_progress() -> None:
    """Long solvers log what they are at; a person at a terminal sees it, a pipe doesn't."""
    if sys.stderr.isatty():
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


def _solve(options: argparse.Namespace) -> int:
    problem = Problem.from_json(options.problem)
    if options.seed is not None:
        problem = problem.replace(seed=options.seed)
    result = solve(problem, options.objective, time_limit=options.time_limit)
    write(result.to_json(), options.output)
    return OK


def _verify(options: argparse.Namespace) -> int:
    problem, result = Problem.from_json(options.problem), Result.from_json(options.result)
    certificate = check(problem, result)
    for note in certificate.notes:
        print(note)
    for failure in certificate.failures:
        print(failure)
    if certificate.holds:
        count = len(result.blocking_pairs)
        print(f"holds: {count} blocking pairs, as declared" if count else "holds: no blocking pairs")
    return OK if certificate.holds else FAILED


def _verify_bundle(options: argparse.Namespace) -> int:
    published = {key: getattr(options, key) for key in bundle.ANCHORS.values()}
    try:
        return bundle.report(
            read_text(options.bundle), {key: value for key, value in published.items() if value is not None}
        )
    except bundle.Unreadable as error:
        raise MatchingError(str(error)) from error


def _explain(options: argparse.Namespace) -> int:
    problem, result = Problem.from_json(options.problem), Result.from_json(options.result)
    if result.problem_sha256 != problem.digest():
        raise MatchingError("problem_sha256 is that of another problem")
    reasons = explain(problem, result, [options.student])[options.student]
    slot = result.assignment[options.student]
    how = " (preassigned)" if options.student in dict(problem.preassigned) else ""
    print(f"{options.student}: {'unplaced' if slot is None else slot}{how}")
    for reason in reasons:
        print(_line(reason))
    return OK


def _line(reason: Reason) -> str:
    slot = reason.slot
    named = slot if isinstance(slot, str) else " + ".join("unplaced" if s is None else s for s in slot)
    evidence = ", ".join(f"{key} {value}" for key, value in reason.evidence.items())
    return f"  {reason.rank}. {named}: {reason.code}{f' ({evidence})' if evidence else ''}"


def _all(options: argparse.Namespace) -> int:
    for matching in all_stable(Problem.from_json(options.problem)):
        print(json.dumps(matching, ensure_ascii=False, separators=(",", ":")))
    return OK


def _describe(options: argparse.Namespace) -> int:
    problem = Problem.from_json(options.problem)
    for key, value in describe(problem).items():
        print(f"{key}: {value}")
    takers = [name for name, entry in OBJECTIVES.items() if not entry.refused(problem)]
    print(f"objectives: {', '.join(takers) or 'none takes this combination'}")
    return OK


def write(text: str, path: str | None) -> None:
    """Print, or put a whole file in place at once: a reader never sees half of it."""
    if path is None:
        sys.stdout.write(text)
        return
    target = Path(path)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        file.write(text)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(target)
