"""English articles before the names of things."""

from __future__ import annotations

from vsfa_data.embedded import categories


def with_article(name: str) -> str:
    """Give a name its article: "a revolver", "an Egyptian cat", "jeans", "red wine".

    Knows the names in imagenet_categories.yaml; its section `grammar` lists those that do not
    go by their first letter.
    """
    grammar = categories.data()["grammar"]
    if name in grammar["plural"] or name in grammar["mass"]:
        return name
    if name in grammar["a"]:
        return f"a {name}"
    vowel = name[:1].casefold() in {"a", "e", "i", "o", "u"} or name in grammar["an"]
    return f"{'an' if vowel else 'a'} {name}"
