"""Pictures that a text-to-image model makes, from prompts that wording is put together to."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from vsfa_data import versions
from vsfa_data.collect.rejected import Rejected
from vsfa_data.collect.source import Candidate, Source
from vsfa_data.collect.synthesis import checkpoint
from vsfa_data.collect.synthesis.checkpoint import Checkpoint
from vsfa_data.collect.synthesis.prompts import Shot, Synthesis, shots
from vsfa_data.collect.wording import Name, Phrase
from vsfa_data.errors import MissingExtraError
from vsfa_data.sections import Section

if TYPE_CHECKING:
    from vsfa_data.collect.synthesis.model import TextToImage

PACKAGES: Final = ("torch", "diffusers", "transformers", "accelerate")
HOW: Final = ("steps", "guidance", "width_px", "height_px", "negative_prompt", "batch_size")
"""Options that decide, with prompt and seed, what a picture looks like."""


class DiffusionSource(Source):
    """Pictures of each concept's subjects, in scenes and styles that all concepts share.

    Listing gives prompts and costs nothing; the workers make the pictures. `title` is the prompt,
    and `source_ref` says the rest of what it takes to make a picture again: model, revision,
    seed, steps, guidance and size.
    """

    class Options(Section):
        """What a recipe may say of pictures from a text-to-image model."""

        model: str = Field(min_length=1)
        """Folder of a pipeline of diffusers, or its name on the Hub (`org/name`) with `revision`.
        Weights are read from safetensors only."""
        revision: str | None = Field(None, pattern=checkpoint.COMMIT)
        """Commit on the Hub, 40 hex digits: a branch or tag may move, a commit does not."""
        license: str = Field(min_length=1)
        """Licence of the pictures that are made: yours to state, as the model's terms let you."""
        license_url: str | None = Field(None, min_length=1)
        """Address of that licence's text."""
        attribution: str | None = Field(None, min_length=1)
        """Whom to credit. Null: the model."""
        words: str = Field("default", min_length=1)
        """Name of a file in concepts/synthesis/, or a path: subjects, scenes and styles."""
        concepts: Literal["all"] | tuple[Name, ...] = "all"
        """Threat concepts to draw: `all` of the words or a list of names."""
        neutral: bool = True
        """Whether to draw the neutral concepts too: a control needs pictures of them."""
        per_concept: int = Field(20, ge=1, le=1_000_000)
        """Pictures of each threat concept."""
        per_neutral: int = Field(10, ge=1, le=1_000_000)
        """Pictures of each neutral concept, of which there are more."""
        negative_prompt: Phrase | None = None
        """What no picture should show."""
        seed: int = Field(0, ge=0, lt=2**32)
        """Seed from which prompts are drawn and each picture gets its own."""
        steps: int = Field(30, ge=1, le=1000)
        """Denoising steps."""
        guidance: float = Field(7.5, ge=0.0, le=100.0)
        """How closely to follow the prompt (classifier-free guidance scale)."""
        width_px: int = Field(512, ge=16, le=4096, multiple_of=8)
        """Width of the pictures, in pixels."""
        height_px: int = Field(512, ge=16, le=4096, multiple_of=8)
        """Height of the pictures, in pixels."""
        batch_size: int = Field(1, ge=1, le=256)
        """Pictures made at once. With 1, a picture depends on nothing but its prompt and seed;
        more is faster on a GPU and may differ in the last bits."""
        device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?|mps)$")
        """`auto`: a GPU where there is one, else the CPU."""
        dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
        """`auto`: bfloat16 on a GPU, float32 on a CPU."""

    options: Options

    def iterate(self) -> Iterator[Candidate]:
        """One candidate a picture to make, concepts taking turns."""
        options, model = self.options, self._checkpoint()
        how = f"steps={options.steps}&guidance={options.guidance:g}"
        size = f"size={options.width_px}x{options.height_px}"
        for shot in self._shots():
            yield Candidate(
                f"{model.name}@{model.revision[:12]}?seed={shot.seed}&{how}&{size}",
                made_from=shot.text(),
                license=options.license,
                license_url=options.license_url,
                attribution=options.attribution or f"made with {model.name}",
                title=shot.prompt,
            )

    def snapshot(self) -> str:
        """Digest of prompts and seeds, of the model, and of what it is run with."""
        from vsfa_data.files.canonical_json import digest

        return digest(
            {
                "shots": [shot.text() for shot in self._shots()],
                "model": self.identity(),
                "how": [getattr(self.options, name) for name in HOW],
                "with": versions.installed(PACKAGES),
            }
        )

    def length(self) -> int:
        """Number of pictures to make."""
        return len(self._shots())

    def identity(self) -> str:
        """Name and commit on the Hub, or name of the folder and sha256 over its files."""
        model = self._checkpoint()
        return f"{model.name} at {model.revision}"

    def require(self) -> None:
        """Raise MissingExtraError without the extra, UserError or SetupError without the model.

        A model of the Hub is downloaded here, once, and not by each worker.
        """
        for module in PACKAGES:
            if importlib.util.find_spec(module) is None:
                raise MissingExtraError("the source 'diffusion'", "synth", module)
        self._shots()
        self._checkpoint(download=True)

    def open(self) -> None:
        """Load the model."""
        from vsfa_data.collect.synthesis.model import Drawing, TextToImage

        options = self.options
        drawing = Drawing(
            **{name: getattr(options, name) for name in HOW},
            device=options.device,
            dtype=options.dtype,
        )
        self._model: TextToImage = TextToImage(self._checkpoint().folder, drawing)

    def make(self, wanted: Sequence[str]) -> Iterator[bytes | Rejected]:
        """PNG files, or `flagged` where the model's safety checker objects."""
        return self._model.draw([Shot.parse(text) for text in wanted])

    def _shots(self) -> list[Shot]:
        options, wording = self.options, Synthesis.load(self.options.words)
        chosen = wording.chosen(options.concepts, neutral=options.neutral)
        groups = [
            (subjects, options.per_concept if name in wording.threat else options.per_neutral)
            for name, subjects in chosen.items()
        ]
        return shots(wording, groups, options.seed)

    def _checkpoint(self, *, download: bool = False) -> Checkpoint:
        return checkpoint.find(self.options.model, self.options.revision, download=download)
