"""The pictures of a load. A load says which it wants; otherwise there are two, of all its cases: how fast, and with how much CPU time."""
import os

import svg
from results import cpu, read_cpu, unit_of, wall
from tables import curve_table, scale_of


def of_cases(load, cases, plots, out):
    """Bars, as lines of Markdown."""
    unit, one = unit_of(load)
    scale, time = scale_of(unit)
    measures = {"rate": (f"{unit if unit == 'rows' else 'messages'} per second", lambda line: 1 / wall(line, unit)),
                "cpu": (f"CPU {time} per {one}", lambda line: cpu(line, unit) * scale)}
    default = [{"file": f"{load['load']}_{of}", "of": of, "title": load["title"] + how}
               for of, how in (("rate", ": how fast"), ("cpu", ": CPU time of the client"))]
    lines = []
    for picture in load.get("pictures", default):
        wanted = [case for case in _chosen(cases, picture.get("cases")) if case.is_timed or picture["of"] == "cpu"]
        if not wanted:
            continue
        axis, of = measures[picture["of"]]
        rows = [(case.name, case.group, case.median(of), (min(case.values(of)), max(case.values(of)))) for case in wanted]
        lines.append(_save(picture, svg.bars(picture["title"], axis, rows), plots, out))
    return lines


def _chosen(cases, wanted):
    """Cases by name or by group, in the order in which they are wanted."""
    if wanted is None:
        return cases
    return [case for one in wanted for case in cases if one in (case.name, case.group)]


def of_curve(load, cases, plots, out):
    """For each measure of a curve a table and a picture of lines, as lines of Markdown."""
    unit, one = unit_of(load)
    scale, time = scale_of(unit)
    measures = {"wall": (f"{time} per {one}", lambda line: wall(line, unit) * scale), "cpu": (f"CPU {time} per {one}", lambda line: cpu(line, unit) * scale),
                "read_cpu": (f"CPU {time} per {one}", lambda line: read_cpu(line, unit) * scale),
                "rate": (f"{unit if unit == 'rows' else 'messages'} per second", lambda line: 1 / wall(line, unit))}
    curve, lines = load["curve"], []
    for picture in curve["pictures"]:
        axis, of = measures[picture["of"]]
        series = {}
        for case in cases:
            if case.x is not None:
                series.setdefault((case.name, case.group), {})[case.x] = (case.median(of), (min(case.values(of)), max(case.values(of))))
        drawn = [(name, group, points) for (name, group), points in series.items()]
        if alone := curve.get("alone"):
            drawn += _bounds(next(case for case in cases if case.name == alone and case.x is None).median(of), {x for points in series.values() for x in points})
        lines += [f"{picture['title']}, {axis}:", ""]
        lines += curve_table(curve["x"], [(name, {x: value for x, (value, _) in points.items()}) for name, _, points in drawn])
        lines += ["", _save(picture, svg.lines(picture["title"], curve["x"], axis, drawn, logarithmic=curve.get("logarithmic", "xy")), plots, out), ""]
    return lines[:-1]


def _bounds(alone, places):
    """Of two who work: both at once, and one after the other."""
    return [(name, "bound", {x: (of(x, alone), None) for x in sorted(places)}) for name, of in (("both at once (max)", max), ("one after the other (sum)", lambda a, b: a + b))]


def _save(picture, drawing, plots, out):
    path = plots / f"{picture['file']}.svg"
    path.write_text(drawing)
    return f"![{picture['title']}]({os.path.relpath(path, out.parent)})"
