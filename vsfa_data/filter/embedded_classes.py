"""Text vectors of the 1000 ImageNet classes, computed once and shipped.

`python -m vsfa_data.filter.embedded_classes` computes them again (about half a minute).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vsfa_data import embedded
from vsfa_data.errors import SetupError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE: Final = Path(__file__).with_name("embedded_classes.safetensors")
_COMMAND: Final = "python -m vsfa_data.filter.embedded_classes"


def binding() -> dict[str, str]:
    """What the vectors were made from: the text model and the glosses."""
    glosses = "\n".join(embedded.class_glosses()).encode("utf-8")
    return {
        "text_model": embedded.TEXT_IDENTITY,
        "glosses_sha256": hashlib.sha256(glosses).hexdigest(),
    }


def load(file: Path = FILE) -> NDArray[np.float32]:
    """Vectors of the classes in the classifier's order, float32[1000, 384], rows of length 1.

    Raises SetupError if they were made from another text model or other glosses.
    """
    from safetensors import safe_open

    with safe_open(file, framework="np") as stored:
        found = stored.metadata()
        vectors: NDArray[np.float32] = stored.get_tensor("classes")
    if found != binding():
        raise SetupError(
            f"{file} was made from other models or class glosses than the installed ones. "
            f"Run: {_COMMAND}"
        )
    return vectors


def compute(file: Path = FILE) -> None:
    """Write the vectors anew."""
    from safetensors.numpy import save_file

    vectors = embedded.text_model().encode(embedded.class_glosses())
    save_file({"classes": vectors}, file, metadata=binding())
    file.chmod(0o644)


if __name__ == "__main__":
    compute()
