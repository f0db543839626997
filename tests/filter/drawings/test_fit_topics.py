from __future__ import annotations

from vsfa_data.filter.drawings.fit_topics import DOUBTFUL, NEUTRAL, topics, topics_of


def test_names_have_the_topic_of_the_word_that_stands_in_them() -> None:
    names = [
        "broad sword",
        "pistol gun",
        "teapot",
        "battle axe",
        "axe",
        "water gun",
        "bullet list",
        "",
    ]
    found = [int(one) for one in topics_of(names)]
    blades, firearms = topics().index("blades"), topics().index("firearms")
    assert found == [blades, firearms, NEUTRAL, blades, DOUBTFUL, NEUTRAL, DOUBTFUL, DOUBTFUL]


def test_patterns_of_doubt_are_whole_words_across_lines() -> None:
    doubtful = ["vaccine", "t rex", "syringe pump", "virus research", "fangs", "orc", "pirate"]
    assert [int(one) for one in topics_of(doubtful) if one not in {NEUTRAL, DOUBTFUL}] == []
    assert topics_of(["fangs", "orc", "wound", "syringe pump"]).tolist() == [DOUBTFUL] * 4
    assert topics_of(["orchid", "category", "notebook"]).tolist() == [NEUTRAL] * 3
