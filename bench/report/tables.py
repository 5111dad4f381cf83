"""The tables of a load."""
import statistics

from results import cpu, of_rounds, unit_of, wall


def number(value):
    if value >= 1e6:
        return f"{value / 1e6:,.3g} M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(value):
    if value is None:
        return ""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def scale_of(unit):
    """Of seconds, as they are told of one unit."""
    return (1e9, "ns") if unit == "rows" else (1e6, "µs")


def memory(case):
    """In MB; nothing when the client does not say."""
    lines = case.runs.values()
    return f"{statistics.median(line['rss_kb'] for line in lines) * 1024 / 1e6:.1f}" if all("rss_kb" in line for line in lines) else ""


def case_table(load, cases):
    unit, one = unit_of(load)
    scale, time = scale_of(unit)
    drains = {case.is_plainly_served: case for case in cases if case.peer == "drain"}
    of_drain = " of `drain` |" if drains else ""
    lines = [f"| | {unit if unit == 'rows' else 'messages'}/s | slowest to fastest |{of_drain} CPU {time} per {one} |{of_drain} memory, MB |",
             "|---|" + "---:|" * (6 if drains else 4)]
    for case in cases:
        rates = case.values(lambda line: 1 / wall(line, unit)) if case.is_timed else []
        rate, between = (number(statistics.median(rates)), f"{number(min(rates))} to {number(max(rates))}") if rates else ("", "")
        rate_of_drain = cpu_of_drain = ""
        if drains:
            drain = drains.get(case.is_plainly_served)
            rate_of_drain = f" {ratio(of_rounds(lambda one, least: wall(least, unit) / wall(one, unit), case, drain) if rates else None)} |"
            cpu_of_drain = f" {ratio(of_rounds(lambda one, least: cpu(one, unit) / cpu(least, unit), case, drain))} |"
        lines.append(f"| {case.name} | {rate} | {between} |{rate_of_drain} {number(case.median(lambda line: cpu(line, unit)) * scale)} |"
                     f"{cpu_of_drain} {memory(case)} |")
    return lines


def plain_table(columns, cases):
    """Medians of what the lines say themselves; `columns` are (title, key)."""
    lines = ["| | " + " | ".join(title for title, _ in columns) + " |", "|---|" + "---:|" * len(columns)]
    for case in cases:
        lines.append(f"| {case.name} | " + " | ".join(number(case.median(lambda line, key=key: line[key])) for _, key in columns) + " |")
    return lines


def curve_table(x_title, series):
    """`series` are (name, {x: value}); a line for each x."""
    places = sorted({x for _, points in series for x in points})
    lines = [f"| {x_title} | " + " | ".join(name for name, _ in series) + " |", "|---:|" + "---:|" * len(series)]
    for x in places:
        lines.append(f"| {x:,} | " + " | ".join(number(points[x]) if x in points else "" for _, points in series) + " |")
    return lines


def system_calls(counts):
    """Per message, those that move bytes and the others."""
    counted = [count for name, count in counts.items() if name.startswith("calls_")]
    if not counted:
        return []
    return ["| messages of | move bytes | all | the others |", "|---|---:|---:|---|",
            *(f"| {count['message']} | {count['moving']:.2f} | {count['all']:.2f} | {count['others']} |" for count in counted)]
