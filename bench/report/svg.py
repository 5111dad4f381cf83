"""Bars and lines as SVG: enough for the pictures of docs/performance.md. On a white card, so that they can be read on a dark page, too."""
import math
from html import escape

COLOURS = {"tmq": "#2166ac", "ceiling": "#7f7f7f", "other clients": "#d6804a", "bound": "#7f7f7f"}
LINE_COLOURS = ("#2166ac", "#d6604d", "#1b9e77", "#7b5aa6", "#c49a00", "#333333")
LABEL_WIDTH, PLOT_WIDTH, RIGHT = 220, 430, 90
ROW, BAR, TOP, BOTTOM = 24, 16, 64, 52
LINES_LEFT, LINES_WIDTH, LINES_HEIGHT, LINES_RIGHT = 74, 600, 340, 40
LEGEND_ROW = 18


def nice_step(top, ticks=5):
    """1, 2 or 5 times a power of ten, so that about `ticks` of them reach the top."""
    raw = top / ticks
    power = 10 ** math.floor(math.log10(raw))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw * 0.999999)


def short(value):
    """Three digits, with k and M."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"


class Scale:
    """Where a value stands, from 0 to 1; in powers of ten when the values lie far apart, or when it is told to."""

    def __init__(self, values, is_log=None, from_below=False):
        lowest, highest = min(values), max(values)
        self.is_log = highest > 50 * lowest > 0 if is_log is None else is_log
        if self.is_log:
            self._ticks_by_ratio(lowest, highest, from_below)
        else:
            step = nice_step(highest)
            self.ticks = [i * step for i in range(math.ceil(highest / step * 0.999999) + 1)]
        self.low, self.high = self.ticks[0], self.ticks[-1]

    def _ticks_by_ratio(self, lowest, highest, from_below):
        """Powers of ten; with 2 and 5 times them when there are few. What begins at the axis, as bars do, needs room below the lowest."""
        powers = [10.0 ** e for e in range(math.floor(math.log10(lowest)) - 1, math.ceil(math.log10(highest)) + 1)]
        if highest < 1000 * lowest and not from_below:
            powers = [power * step for power in powers for step in (1, 2, 5)]
        first = max(i for i, power in enumerate(powers) if power * (2 if from_below else 1) <= lowest * 1.000001)
        last = next((i for i, power in enumerate(powers) if power >= highest * 0.999999), len(powers) - 1)
        self.ticks = powers[first:max(last, first + 1) + 1]

    def at(self, value):
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return value / self.high


def _card(width, height, title):
    return [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12" fill="#222222">',
            f'<rect width="{width}" height="{height}" rx="6" fill="white"/>',
            f'<text x="{width / 2}" y="24" text-anchor="middle" font-size="15">{escape(title)}</text>']


def _tick(value):
    return short(value) if value else "0"


def bars(title, axis, rows):
    """A picture of rows (label, group, value, (lowest, highest)): a bar each, with a line from the lowest to the highest round."""
    scale = Scale([end for _, _, value, ends in rows for end in (value, *ends)], from_below=True)
    width = LABEL_WIDTH + PLOT_WIDTH + RIGHT
    bottom = TOP + ROW * len(rows)
    out = _card(width, bottom + BOTTOM, title)
    for i, group in enumerate(g for g in COLOURS if any(group == g for _, group, _, _ in rows)):
        x = LABEL_WIDTH + i * 120
        out.append(f'<rect x="{x}" y="38" width="12" height="12" fill="{COLOURS[group]}"/><text x="{x + 17}" y="48">{escape(group)}</text>')
    for tick in scale.ticks:
        x = LABEL_WIDTH + scale.at(tick) * PLOT_WIDTH
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>'
                   f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_tick(tick)}</text>')
    for i, (label, group, value, (lowest, highest)) in enumerate(rows):
        y = TOP + i * ROW + (ROW - BAR) / 2
        middle = y + BAR / 2
        end, left, right = (LABEL_WIDTH + scale.at(v) * PLOT_WIDTH for v in (value, lowest, highest))
        out.append(f'<text x="{LABEL_WIDTH - 8}" y="{middle + 4}" text-anchor="end">{escape(label)}</text>')
        out.append(f'<rect x="{LABEL_WIDTH}" y="{y}" width="{end - LABEL_WIDTH:.1f}" height="{BAR}" fill="{COLOURS[group]}"/>')
        out.append(f'<line x1="{left:.1f}" y1="{middle}" x2="{right:.1f}" y2="{middle}" stroke="black"/>')
        out.append(f'<text x="{max(end, right) + 6:.1f}" y="{middle + 4}">{short(value)}</text>')
    out.append(f'<line x1="{LABEL_WIDTH}" y1="{TOP}" x2="{LABEL_WIDTH}" y2="{bottom}" stroke="black"/>')
    note = axis + (", logarithmic" if scale.is_log else "")
    out.append(f'<text x="{LABEL_WIDTH + PLOT_WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">{escape(note)}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def lines(title, x_axis, y_axis, series, logarithmic="xy"):
    """A picture of series (label, group, {x: (value, (lowest, highest) or nothing)}): a line each, with a bar from the lowest to the highest round.
    Bounds are broken lines. `logarithmic`: which axes are."""
    places = sorted({x for _, _, points in series for x in points})
    heights = [v for _, _, points in series for value, ends in points.values() for v in (value, *(ends or ()))]
    across, up = Scale(places, "x" in logarithmic), Scale(heights, "y" in logarithmic)
    top = 40 + LEGEND_ROW * math.ceil(len(series) / 3) + 10
    bottom, right = top + LINES_HEIGHT, LINES_LEFT + LINES_WIDTH
    out = _card(right + LINES_RIGHT, bottom + BOTTOM, title)

    def x_of(value):
        return LINES_LEFT + across.at(value) * LINES_WIDTH

    def y_of(value):
        return bottom - up.at(value) * LINES_HEIGHT

    for tick in up.ticks:
        y = y_of(tick)
        out.append(f'<line x1="{LINES_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#dddddd"/>'
                   f'<text x="{LINES_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_tick(tick)}</text>')
    for tick in across.ticks:
        x = x_of(tick)
        out.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="#eeeeee"/>'
                   f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{_tick(tick)}</text>')
    colours = iter(LINE_COLOURS)
    bounds = iter(('stroke-dasharray="2 4"', 'stroke-dasharray="8 4"'))
    for i, (label, group, points) in enumerate(series):
        colour = COLOURS[group] if group in ("bound", "ceiling") else next(colours)
        style = f'fill="none" stroke="{colour}" stroke-width="2"' + (f" {next(bounds)}" if group == "bound" else "")
        legend_x, legend_y = LINES_LEFT + i % 3 * 200, 40 + i // 3 * LEGEND_ROW
        out.append(f'<line x1="{legend_x}" y1="{legend_y}" x2="{legend_x + 24}" y2="{legend_y}" {style}/><text x="{legend_x + 30}" y="{legend_y + 4}">{escape(label)}</text>')
        path = " ".join(f"{x_of(x):.1f},{y_of(value):.1f}" for x, (value, _) in sorted(points.items()))
        out.append(f'<polyline points="{path}" {style}/>')
        for x, (value, ends) in sorted(points.items()):
            if group != "bound":
                out.append(f'<circle cx="{x_of(x):.1f}" cy="{y_of(value):.1f}" r="3.5" fill="{colour}"/>')
            if ends:
                out.append(f'<line x1="{x_of(x):.1f}" y1="{y_of(ends[0]):.1f}" x2="{x_of(x):.1f}" y2="{y_of(ends[1]):.1f}" stroke="{colour}" stroke-opacity="0.6"/>')
    out.append(f'<path d="M{LINES_LEFT} {top}V{bottom}H{right}" fill="none" stroke="black"/>')
    out.append(f'<text x="{LINES_LEFT + LINES_WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">{escape(x_axis + (", logarithmic" if across.is_log else ""))}</text>')
    y = top + LINES_HEIGHT / 2
    out.append(f'<text x="18" y="{y}" text-anchor="middle" transform="rotate(-90 18 {y})">{escape(y_axis + (", logarithmic" if up.is_log else ""))}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
