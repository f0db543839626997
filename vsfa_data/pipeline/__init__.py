"""The steps in their order, and a build of them: alone in knowing what follows what.

`steps.py` has the order, `job.py` what to build and what it came to, `watcher.py` who is told
meanwhile. `run.py` goes from the first step to the last: `beforehand.py` (with `prompting.py`)
refuses what cannot be built; `step.py` runs a step, `stage.py` a stage, `release.py` the last
step; `candidates.py` gives the first stage what the sources list. `under_way.py` is what all of
these share.
"""

from vsfa_data.pipeline.job import Built, Job
from vsfa_data.pipeline.run import build
from vsfa_data.pipeline.steps import STEPS
from vsfa_data.pipeline.watcher import Quiet, Watcher

__all__ = ["STEPS", "Built", "Job", "Quiet", "Watcher", "build"]
