"""Options that take several words: `--covariates a b` is read as `--covariates a --covariates b`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

FILES = (".csv", ".tsv", ".txt", ".parquet")
SEVERAL = ("--covariates", "--placebo-start", "--treated")


class RepeatedOptions(TyperCommand):
    """A verb whose options of `SEVERAL` go on until the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        return super().parse_args(ctx, repeated(args))


def repeated(words: list[str]) -> list[str]:
    """Return the words with the option written before each of its values; a file after a value is the argument."""
    result: list[str] = []
    option, values = "", 0
    for word in words:
        if word.startswith("--"):
            option, values = (word if word in SEVERAL else ""), 0
        elif option:
            values += 1
            if values > 1 and word.lower().endswith(FILES):
                option = ""
            elif values > 1:
                result.append(option)
        result.append(word)
    return result
