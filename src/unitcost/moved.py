"""Import paths of the last release, which analysts' own notebooks may use: they work once more, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Old module → where its names are now; an empty place is a folder that only held modules.
PLACES = {
    "unitcost.report": "",
    "unitcost.report.findings": "unitcost",
    "unitcost.report.tables": "unitcost.display.tables",
    "unitcost.report.formats": "unitcost.display.formats",
    "unitcost.report.wording": "unitcost.display.wording",
    "unitcost.report.figures": "unitcost.display.charts",
    "unitcost.company": "unitcost.month.company",
}


class OldPaths(MetaPathFinder, Loader):
    """Finds the modules of PLACES; each looks its names up where they are now."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for an old path, None for any other."""
        del path, target
        return ModuleSpec(fullname, self, is_package=not PLACES[fullname]) if fullname in PLACES else None

    def exec_module(self, module: ModuleType) -> None:
        """Let an old module hand out the names of the new one."""
        old, new = module.__name__, PLACES[module.__name__]
        if not new:
            return
        warnings.warn(f"{old} will go with the next release: import from {new}", FutureWarning, stacklevel=2)

        def name_of(name: str) -> Any:
            return getattr(import_module(new), name)

        module.__getattr__ = name_of  # type: ignore[method-assign]
