"""Infrastructure cost per user: bills and usage in, role reports out."""

import os

__version__ = "0.1.0"

# All matrices here are small: threads of the linear algebra library cost more than the work, and their number could
# show in the last digits. It reads this once, when numpy loads it, and most modules load numpy as they are imported:
# this file is the only one that runs before them, whether a command, a kernel or an analyst's own code imports them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
