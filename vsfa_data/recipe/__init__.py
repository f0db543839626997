"""What a builder file may say, and how to say what is wrong with one.

A recipe is YAML. `collect.sources`, `filter` and `caption` each name a part (a source, an
encoder, a captioner) and take that part's own options as further keys, so the model that
checks them is put together from the step's keys and the named part's `Options`.
"""

from vsfa_data.recipe.ask import AskSection
from vsfa_data.recipe.caption import CaptionSection
from vsfa_data.recipe.collect import CollectSection, SourceSection
from vsfa_data.recipe.filter import FilterSection
from vsfa_data.recipe.finding import available
from vsfa_data.recipe.loading import filter_section, load, parse
from vsfa_data.recipe.recipe import SEMVER, Recipe
from vsfa_data.recipe.release import ReleaseSection, SplitSection
from vsfa_data.recipe.shipped import describes_others, is_shipped

__all__ = [
    "SEMVER",
    "AskSection",
    "CaptionSection",
    "CollectSection",
    "FilterSection",
    "Recipe",
    "ReleaseSection",
    "SourceSection",
    "SplitSection",
    "available",
    "describes_others",
    "filter_section",
    "is_shipped",
    "load",
    "parse",
]
