"""How well wordings are proven neutral: `python -m benchmarks.wordings`.

Judges wordings that were written by hand, neutral ones and others, as `templates --check` does:
without the text encoder, and with it.
"""

from __future__ import annotations

from pathlib import Path

from vsfa_data.ask import meaning, vocabulary

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "ask" / "wordings"


def lines(name: str) -> list[str]:
    """The wordings of one file, without their kinds."""
    read = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.rpartition("\t")[2] for line in read if not line.startswith("#")]


def refused(text: str) -> str | None:
    """Why a question's wording without slots would be refused by its words."""
    return vocabulary.objection(text) or vocabulary.no_question(
        text, has_slot=False, is_follow_up=False
    )


def main() -> None:
    for name in ("neutral", "neutral_later", "hostile", "hostile_later"):
        texts = lines(name)
        by_words = [text for text in texts if refused(text)]
        judged = [
            text
            for text, found in zip(texts, meaning.first_judgements(texts), strict=True)
            if found
        ]
        either = {*by_words, *judged}
        print(
            f"{name}: {len(texts)} wordings, refused by words {len(by_words)}, by meaning "
            f"{len(judged)}, by either {len(either)}"
        )
        hostile = name.startswith("hostile")
        for text in texts:
            if (text in either) != hostile:
                print(f"  {'passed' if hostile else 'refused'}: {text}")


if __name__ == "__main__":
    main()
