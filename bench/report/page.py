"""A page with a part that is written by a program, between two marks."""


def write_between(page, mark, lines):
    """Writes the part, or the whole page when it is new."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    body = "\n".join([begin, *lines, end])
    old = page.read_text() if page.exists() else ""
    if begin in old and end in old:
        body = old[:old.index(begin)] + body + old[old.index(end) + len(end):]
    else:
        body = old + body + "\n"
    page.write_text(body)
