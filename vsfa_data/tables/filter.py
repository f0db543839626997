"""What `filter` finds of images and chooses: scores and selection."""

from __future__ import annotations

import pyarrow as pa

from vsfa_data.tables.shared import IMAGE_ID, POSITION
from vsfa_data.tables.table import Column, Table

SCORES = Table(
    "scores",
    "score",
    "image",
    (
        IMAGE_ID,
        Column("concept", pa.string(), "threat concept nearest to the image"),
        Column("concept_score", pa.float64(), "its cosine with the image, -1..1"),
        Column("neutral_concept", pa.string(), "neutral concept or look-alike nearest to it"),
        Column("margin", pa.float64(), "concept_score less the neutral concept's cosine, -2..2"),
        Column("threat_score", pa.float64(), "calibrated probability of a threat", "uncalibrated"),
        Column("aspect", pa.float64(), "width / height"),
        Column("brightness", pa.float64(), "mean luma of the picture, 0..1"),
        Column("colourfulness", pa.float64(), "Hasler and Suesstrunk 2003, 0 (gray) to about 110"),
        Column("detail", pa.float64(), "mean luma step between neighbours, 0..1"),
        Column("contrast", pa.float64(), "standard deviation of luma, 0..0.5; 0: one flat colour"),
        Column("sharpness", pa.float64(), "mean luma step, weighted by itself, 0..1; low: blurred"),
        Column("content", pa.float64(), "share of pixels unlike the corners, 0..1"),
        Column("style", pa.string(), "'photo', 'drawing' or 'render', by its grain"),
        Column("mark", pa.binary(128), "what near-duplicates are found by: 128 int8, projected"),
        Column("vector", pa.binary(), "the encoder's vector of the image: float16, length 1"),
    ),
)
SELECTION = Table(
    "selection",
    "select",
    "image",
    (
        IMAGE_ID,
        Column("config", pa.string(), "'threat' or 'control'"),
        Column(
            "match_id", pa.string(), "image_id of the partner in the other config", "no partner"
        ),
        Column("cluster_id", pa.string(), "near-duplicate cluster: image_id of its first image"),
        POSITION,
    ),
)
