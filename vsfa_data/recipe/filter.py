"""The section `filter`: which images show a threat, and which are their controls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from vsfa_data.sections import Section
from vsfa_data.words.license_class import LicenseClass

Off = Annotated[Literal["off"], BeforeValidator(lambda said: "off" if said is False else said)]
"""The word `off`, which YAML takes for a `false`."""


class FilterSection(Section):
    """Which images show a threat-related concept, and which serve as their controls.

    Further keys are the encoder's own.
    """

    encoder: str
    """Name of the encoder: a file in vsfa_data/filter/encoders/."""
    concept_set: str = "default"
    """Name of a file in concepts/, or a path: the concepts and their wordings."""
    concepts: Literal["all"] | tuple[str, ...] = "all"
    """Threat concepts to look for: `all` of the concept set, or a list of names and categories."""
    calibration: str | None = Field(None, min_length=1)
    """File of a calibration (`vsfa-data calibrate` makes one). Null: the one that is shipped with
    the concept set or lies beside its file."""
    uncalibrated: bool = False
    """Whether to do without a calibration: threat_score is then null, and images are selected by
    their margin instead."""
    min_threat: float = Field(0.5, ge=0.0, le=1.0)
    """Threat probability from which an image counts as threat-related."""
    max_control_threat: float = Field(0.2, ge=0.0, le=1.0)
    """Threat probability up to which an image may serve as a control."""
    min_margin: float = Field(0.0, ge=-2.0, le=2.0)
    """Uncalibrated: margin (cosine difference) from which an image counts as threat-related."""
    max_control_margin: float = Field(-0.01, ge=-2.0, le=2.0)
    """Uncalibrated: margin up to which an image may serve as a control."""
    max_per_concept: int | None = Field(None, ge=1)
    """Images kept for one concept, at most; the most probable stay. Null: no limit."""
    max_images: int | None = Field(None, ge=1)
    """Threat images kept in all, at most. Null: no limit."""
    balance: Literal["concept", "none"] = "concept"
    """How max_images are shared: `concept`: evenly among the concepts, as far as each has images;
    `none`: the most probable stay, whatever their concept."""
    threats_by: Literal["threshold", "quota"] = "threshold"
    """`threshold`: threats are what reaches min_threat (or min_margin). `quota`: the most probable
    of each concept up to max_per_concept, of all that is above max_control_threat."""
    concept_weights: dict[str, Annotated[float, Field(ge=0.0, le=1000.0)]] = Field(
        default_factory=dict
    )
    """Concept or category -> by what its max_per_concept, and its share of max_images, is
    multiplied (halves are rounded up); 1 if not listed, 0: none is kept."""
    control: Literal["matched", "none"] = "matched"
    """`matched`: one neutral control for each threat image, most like it in plain properties; an
    image nearest to a look-alike is none. `none`: no controls."""
    unmatched: Literal["reject", "keep"] = "reject"
    """What becomes of threats for which no neutral image is left, and of images whose partner falls
    away in a later step: `reject` keeps both configs of one size, `keep` publishes them without a
    partner."""
    titles: Literal["ignore", "controls", "both"] = "controls"
    """What titles (in English) are used for. `controls`: an image whose title names a threat is no
    control. `both`: also, an image with a title that names none is no threat. `ignore`: nothing."""
    near_duplicate_cosine: float | Off | Literal["encoder"] = "encoder"
    """Cosine of two images' embeddings, up to 1, from which they are near-duplicates, beside what
    their perceptual hashes say. `encoder`: what is known of it (0.95 for `embedded`; of others what
    their calibration has measured). `off`: hashes alone."""
    min_sharpness: float = Field(0.01, ge=0.0, le=1.0)
    """Sharpness below which an image is rejected as blurred (0.05 and more are usual)."""
    min_contrast: float = Field(0.02, ge=0.0, le=0.5)
    """Standard deviation of luma below which an image is rejected as flat."""
    min_content: float = Field(0.005, ge=0.0, le=1.0)
    """Share of pixels unlike the corners below which an image is rejected as nearly empty."""
    licenses: Literal["all"] | tuple[LicenseClass, ...] = "all"
    """Classes of licences that are kept: `all`, or a list of `public-domain`, `attribution`,
    `share-alike`, `non-commercial`, `no-derivatives`, `other` and `unknown`."""
    audit: int = Field(50, ge=0, le=10_000)
    """Rejected images that are drawn by lot and listed in work/select/audit.csv, for people who
    want to see what is missed."""

    def model_post_init(self, _context: Any, /) -> None:
        """Refuse thresholds that would make an image both a threat and its control, and so on."""
        if isinstance(self.near_duplicate_cosine, float) and not (
            0.5 <= self.near_duplicate_cosine <= 1.0
        ):
            raise ValueError("near_duplicate_cosine must be from 0.5 to 1, or encoder, or off")
        if self.max_control_threat >= self.min_threat:
            raise ValueError(
                f"max_control_threat {self.max_control_threat:g} must be below "
                f"min_threat {self.min_threat:g}"
            )
        if self.max_control_margin >= self.min_margin:
            raise ValueError(
                f"max_control_margin {self.max_control_margin:g} must be below "
                f"min_margin {self.min_margin:g}"
            )
        if self.uncalibrated and self.calibration is not None:
            raise ValueError("uncalibrated: true leaves no use for a calibration: drop one of them")
        if self.concept_weights and self.max_per_concept is None and self.max_images is None:
            raise ValueError("concept_weights multiply max_per_concept or max_images: set one")
        if self.threats_by == "quota" and self.max_per_concept is None:
            raise ValueError("threats_by: quota needs max_per_concept")
