"""The base of everything that a recipe may say: unknown keys are refused, values are frozen."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of recipe keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
