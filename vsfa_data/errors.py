"""What can go wrong through no fault of this program, worded for the person who reads it.

Every message says what was given, what is allowed, and what to do next, in one line.
The command line prints it alone and exits with 2. Anything else that is raised is a bug and
keeps its traceback. Bad *data* is neither: it is a row in `rejects` (see `tables/`).
"""


def printable(text: str) -> str:
    """`text` in one line without control characters: strangers' files must not steer a terminal."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())


class UserError(Exception):
    """A mistake that the user can mend; shown as one line, exit code 2."""


class SetupError(UserError):
    """Something that the machine lacks: an extra, a model file, a permission, disk space."""


class MissingExtraError(SetupError):
    """A part of the toolkit was asked for whose optional packages are not installed."""

    def __init__(self, wanted: str, extra: str, missing: str) -> None:
        super().__init__(
            f"{wanted} needs the extra '{extra}' (the package '{missing}' is not installed). "
            f"Run: pip install 'vsfa-data[{extra}]'"
        )

    def __reduce__(self) -> tuple[type[SetupError], tuple[str]]:
        # Worker processes send it to the parent, which needs no more than the line itself.
        return SetupError, (str(self),)


class WorkspaceError(UserError):
    """The work folder is held by another build, cannot be written, or is not one of ours."""


class CountError(RuntimeError):
    """Rows were lost or made up between two steps: a bug, never the user's mistake."""


_OUT_OF_MEMORY = ("out of memory", "ALLOC_FAILED", "can't allocate memory")
"""How torch, cuBLAS and cuDNN word it, where they have no error of its own for it."""


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error of a model's means that memory ran out, on a GPU or not."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return any(words in str(error) for words in _OUT_OF_MEMORY)
