"""The steps in their order, and a build of them: alone in knowing what follows what.

steps.py        the order
job.py          what to build, what it came to, who is told meanwhile
run.py          a build from its first step to its last
beforehand.py   what is refused before any work is done
prompting.py    which prompts of one's own a model may not be asked
step.py         one step: its stages, and its line of the funnel
stage.py        one stage: its key, its shards, its counts
candidates.py   what the sources list, in shards: the input of the first stage
release.py      the last step
under_way.py    what all of these share while a build runs
"""

from vsfa_data.pipeline.job import Built, Job
from vsfa_data.pipeline.run import build
from vsfa_data.pipeline.steps import STEPS
from vsfa_data.pipeline.watcher import Quiet, Watcher

__all__ = ["STEPS", "Built", "Job", "Quiet", "Watcher", "build"]
