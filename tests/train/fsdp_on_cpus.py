"""`vsfa_data.train` under FSDP on processes without a GPU.

accelerate spreads a model over GPUs alone, and says of processes on a CPU that they are MULTI_CPU.
torch itself needs no GPU for it, so that one word is all that is changed here.

    KILL_AFTER=2 accelerate launch --config_file fsdp.yaml -m tests.train.fsdp_on_cpus ...
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType

from vsfa_data.cli import main
from vsfa_data.train.folder import RunFolder

_begin, _mark = AcceleratorState.__init__, RunFolder.mark


def begin(self: Any, *args: Any, fsdp_plugin: Any = None, **given: Any) -> None:
    """What accelerate does where it finds GPUs."""
    _begin(self, *args, fsdp_plugin=fsdp_plugin, **given)
    if fsdp_plugin is not None and self.distributed_type == DistributedType.MULTI_CPU:
        self.distributed_type = DistributedType.FSDP
        self.fsdp_plugin = fsdp_plugin
        if self._mixed_precision != "no":
            fsdp_plugin.set_mixed_precision(self._mixed_precision)
        PartialState._shared_state["distributed_type"] = self.distributed_type


def mark(self: RunFolder, step: int) -> None:
    """Die as if the power had gone, once the checkpoint of a step is whole."""
    _mark(self, step)
    if str(step) == os.environ.get("KILL_AFTER"):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    AcceleratorState.__init__ = begin  # type: ignore[method-assign]  # on purpose, in a test's process
    RunFolder.mark = mark  # type: ignore[method-assign]  # on purpose, in a test's process
    sys.argv.insert(1, "train")
    main()
