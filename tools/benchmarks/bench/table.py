"""The one way in which figures are shown: a table for the terminal, and the same one for Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field

NOTHING = "–"


@dataclass
class Table:
    """Names in the first column on the left, figures on the right, and below them what has to be said of them."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str | None) -> None:
        """Cells that are not given, at the end too, are nothing."""
        given = [cell or NOTHING for cell in cells]
        if len(given) > len(self.columns):
            raise ValueError(f"{len(given)} cells in a table of {len(self.columns)} columns: {given}")
        self.rows.append(given + [NOTHING] * (len(self.columns) - len(given)))

    @property
    def text(self) -> str:
        lines = [[self.title, *self.columns[1:]], *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines)]
        shown = [
            "  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))])
            for line in lines
        ]
        shown.insert(1, "─" * len(shown[0]))
        return "\n".join([*map(str.rstrip, shown), *(f"  {note}" for note in self.notes)])

    @property
    def markdown(self) -> str:
        lines = [self.columns, ["---", *["---:"] * (len(self.columns) - 1)], *self.rows]
        table = "\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines)
        return "\n\n".join([f"**{self.title}**" if self.title else "", table, *self.notes]).strip()


def escaped(cell: str) -> str:
    return cell.replace("|", r"\|")
