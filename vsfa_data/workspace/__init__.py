"""The work folder: shards written atomically, stage keys beside them, one build at a time.

    DIR/work/.lock                     held while a build runs; names its holder
    DIR/work/<stage>/key.json          what the shards beside it were made from
    DIR/work/<stage>/part-00000.parquet     rows of shard 0: it exists only when it is whole
    DIR/work/<stage>/rejects-00000.parquet  what the stage rejected in shard 0
    DIR/work/<stage>/done.json         number of shards, once every one of them is there
    DIR/work/select/balance.json       how alike threats and controls are, before and after
    DIR/work/select/audit.csv          rejected images drawn by lot, for people to look at
    DIR/work/replies/replies.sqlite    what captioners were told; survives a recomputation

Truth is read from the data files: counts come from their footers, never from a note about them.
"""

from vsfa_data.workspace.shards import Counts
from vsfa_data.workspace.stage_folder import Preparation, StageFolder
from vsfa_data.workspace.workspace import Workspace

__all__ = ["Counts", "Preparation", "StageFolder", "Workspace"]
