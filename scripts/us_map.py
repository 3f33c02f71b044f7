"""Draw the states once: us-atlas' projected borders become one SVG path a state. For maintainers.

    npm pack us-atlas@3.0.1 && tar xzf us-atlas-3.0.1.tgz
    python scripts/us_map.py package/states-albers-10m.json > marketplace/data/us_map.json

The file is TopoJSON, already in the Albers projection of the United States, 975 by 610. Borders are
simplified as the arcs that neighbours share, so that neighbours still meet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from marketplace.us_states import STATES

TOLERANCE = 0.7
LEAST_AREA = 1.5
Line = list[tuple[float, float]]


def arcs_of(topology: dict[str, Any]) -> list[Line]:
    """The arcs, from differences of whole numbers to places."""
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            line.append((x * scale_x + move_x, y * scale_y + move_y))
        found.append(simplified(line))
    return found


def simplified(line: Line) -> Line:
    """Douglas and Peucker: leave out what lies within TOLERANCE of a straight line."""
    if len(line) < 3:
        return line
    far, most = 0, 0.0
    for number in range(1, len(line) - 1):
        away = distance(line[number], line[0], line[-1])
        if away > most:
            far, most = number, away
    if most <= TOLERANCE and line[0] != line[-1]:
        return [line[0], line[-1]]
    if line[0] == line[-1] and most == 0:
        far = len(line) // 2
    return simplified(line[: far + 1])[:-1] + simplified(line[far:])


def distance(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """From a point to the line through two others, or to the first where they are one."""
    (px, py), (ax, ay), (bx, by) = p, a, b
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    if length == 0:
        return float(((px - ax) ** 2 + (py - ay) ** 2) ** 0.5)
    return float(abs((bx - ax) * (ay - py) - (ax - px) * (by - ay)) / length)


def ring(arcs: list[Line], numbers: list[int]) -> Line:
    """A closed line out of arcs; a negative number runs backwards."""
    found: Line = []
    for number in numbers:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        found += line[1:] if found else line
    return found


def area(line: Line) -> float:
    """The area inside a closed line."""
    pairs = zip(line, line[1:] + line[:1], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def path(rings: list[Line]) -> str:
    """An SVG path of the rings that are large enough to see, and of the largest."""
    kept = sorted(rings, key=area, reverse=True)
    kept = kept[:1] + [each for each in kept[1:] if area(each) >= LEAST_AREA]
    return "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in each[:-1]) + "Z" for each in kept)


def main() -> None:
    """Read, simplify, print."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    arcs, codes = arcs_of(topology), {name: code for code, name in STATES.items()}
    found = {}
    for state in topology["objects"]["states"]["geometries"]:
        code = codes.get(state["properties"]["name"])
        polygons = state["arcs"] if state["type"] == "MultiPolygon" else [state["arcs"]]
        if code:
            found[code] = path([ring(arcs, numbers) for polygon in polygons for numbers in polygon])
    print(json.dumps(dict(sorted(found.items())), indent=0))


if __name__ == "__main__":
    main()
