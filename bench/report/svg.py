"""Horizontal bars as SVG: enough for the pictures of docs/performance.md."""
import math
from html import escape

COLOURS = {"tmq": "#2166ac", "ceiling": "#7f7f7f", "other clients": "#d6804a"}
LABEL_WIDTH, PLOT_WIDTH, RIGHT = 210, 430, 90
ROW, BAR, TOP, BOTTOM = 24, 16, 58, 52


def nice_step(top, ticks=5):
    """1, 2 or 5 times a power of ten, so that about `ticks` of them reach the top."""
    raw = top / ticks
    power = 10 ** math.floor(math.log10(raw))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= raw)


def short(value):
    """Three digits, with k and M."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{name}"
    return f"{value:.3g}"


class Scale:
    """Where a value stands; in powers of ten when the values lie far apart."""

    def __init__(self, values):
        self.is_log = max(values) > 50 * min(values)
        if self.is_log:
            self.low, self.high = (10.0 ** f(math.log10(v)) for f, v in ((math.floor, min(values)), (math.ceil, max(values))))
            if self.low == min(values):
                self.low /= 10
            exponents = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            self.ticks = [10.0 ** e for e in exponents]
        else:
            step = nice_step(max(values))
            count = math.ceil(max(values) / step)
            self.low, self.high = 0.0, count * step
            self.ticks = [i * step for i in range(count + 1)]

    def x(self, value):
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low) * PLOT_WIDTH
        return value / self.high * PLOT_WIDTH


def bars(title, axis, rows):
    """A picture of rows (label, group, value, (lowest, highest)): a bar each, with a line from the lowest to the highest round."""
    scale = Scale([value for _, _, value, _ in rows] + [end for _, _, _, ends in rows for end in ends])
    width = LABEL_WIDTH + PLOT_WIDTH + RIGHT
    height = TOP + ROW * len(rows) + BOTTOM
    bottom = TOP + ROW * len(rows)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{width / 2}" y="20" text-anchor="middle" font-size="15">{escape(title)}</text>']
    groups = [g for g in COLOURS if any(group == g for _, group, _, _ in rows)]
    for i, group in enumerate(groups):
        x = LABEL_WIDTH + i * 120
        out.append(f'<rect x="{x}" y="32" width="12" height="12" fill="{COLOURS[group]}"/><text x="{x + 17}" y="42">{escape(group)}</text>')
    for tick in scale.ticks:
        x = LABEL_WIDTH + scale.x(tick)
        out.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>'
                   f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{short(tick) if tick else 0}</text>')
    for i, (label, group, value, (lowest, highest)) in enumerate(rows):
        y = TOP + i * ROW + (ROW - BAR) / 2
        middle = y + BAR / 2
        end = LABEL_WIDTH + scale.x(value)
        out.append(f'<text x="{LABEL_WIDTH - 8}" y="{middle + 4}" text-anchor="end">{escape(label)}</text>')
        out.append(f'<rect x="{LABEL_WIDTH}" y="{y}" width="{end - LABEL_WIDTH:.1f}" height="{BAR}" fill="{COLOURS[group]}"/>')
        left, right = LABEL_WIDTH + scale.x(lowest), LABEL_WIDTH + scale.x(highest)
        out.append(f'<line x1="{left:.1f}" y1="{middle}" x2="{right:.1f}" y2="{middle}" stroke="black"/>')
        out.append(f'<text x="{max(end, right) + 6:.1f}" y="{middle + 4}">{short(value)}</text>')
    out.append(f'<line x1="{LABEL_WIDTH}" y1="{TOP}" x2="{LABEL_WIDTH}" y2="{bottom}" stroke="black"/>')
    note = axis + (", logarithmic" if scale.is_log else "")
    out.append(f'<text x="{LABEL_WIDTH + PLOT_WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">{escape(note)}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"
