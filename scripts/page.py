# SPDX-License-Identifier: MIT
"""What scripts that write into a page of docs/ share: files of figures, tables, pictures, the place in the page."""
import pathlib
import re
import subprocess
import sys


def give_up(reason):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {reason}")


def read_figures(path, columns, take_setting, take_row):
    """Reads lines `# NAME: VALUE` and rows of the columns, and hands them over; either may refuse by a ValueError."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            if line.startswith("# "):
                name, value = line[2:].split(": ", 1)
                take_setting(name, value)
            elif line != columns:
                take_row(*line.split(","))
        except (ValueError, TypeError):
            give_up(f"{path}, line {number}: expected '# NAME: VALUE' or {columns}, got '{line}'")


def table(rows):
    """Markdown; the first row is the head."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def draw(program, path):
    """Runs gnuplot, which writes the picture to its standard output."""
    done = subprocess.run(["gnuplot"], input=program.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        give_up(f"gnuplot: {done.stderr.decode().strip()}")
    path.write_bytes(done.stdout)


def put_into(page, name, text):
    """Replaces what is between the page's two marks of that name."""
    old = page.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- {name}: begin[^\n]*-->\n)(.*?)(<!-- {name}: end -->)", re.S)
    new, count = marked.subn(lambda found: f"{found[1]}{text}{found[3]}", old)
    if count != 1:
        give_up(f"{page} has no lines '<!-- {name}: begin -->' and '<!-- {name}: end -->'")
    page.write_text(new, encoding="utf-8")
