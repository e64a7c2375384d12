"""Answers that took a while, kept in the store as JSON under a name made of all they rest on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from unitcost.storage.digest import digest
from unitcost.storage.whole import whole_file

Answer = TypeVar("Answer")


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


_codec: Callable[[Any], TypeAdapter[Any]] = cache(_adapter)


def kept(folder: Path, question: Sequence[object], answer: Callable[[], Answer], kind: type[Answer]) -> Answer:
    """Return what `answer` returns: from `folder`, if the question was answered before, else asking now.

    `question` is JSON and names everything the answer rests on, code included; `kind` is the answer's type, which
    says how it is written and read: decimals and dates travel as text. A file that is torn, or cannot be written,
    costs time, never the answer.
    """
    path = folder / f"{digest(question)}.json"
    try:
        return _codec(kind).validate_python(json.loads(path.read_text("utf-8")))  # type: ignore[no-any-return]
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError):
        computed = answer()
    text = json.dumps(_codec(kind).dump_python(computed, mode="json"))
    with contextlib.suppress(OSError):
        whole_file(path, text)
    # As it will be read next time, so that the first reader and the second see the same.
    return _codec(kind).validate_python(json.loads(text))  # type: ignore[no-any-return]
