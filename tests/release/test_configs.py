from vsfa_data.release import configs
from vsfa_data.release.rows import SCHEMA, conversation

PAIRS = [{"question": "What is it?", "answer": "A bow."}, {"question": "Colour?", "answer": "Red."}]


def test_the_caption_opens_the_conversation_in_place_of_the_picture() -> None:
    row = dict.fromkeys(SCHEMA.names) | {"qa": PAIRS, "messages": conversation(PAIRS)}
    row |= {"caption": "A picture of a bow.", "image": {"bytes": b"x", "path": None}}
    made = configs.as_text(row)
    assert [turn["content"] for turn in made["messages"]] == [
        *("A picture of a bow.\n\nWhat is it?", "A bow.", "Colour?", "Red.")
    ]
    assert list(made) == configs.schema("text").names == SCHEMA.names[1:]
    assert (made["qa"], row["messages"]) == (PAIRS, conversation(PAIRS))


def test_halves_are_drawn_by_the_picture_alone_and_about_even() -> None:
    drawn = [configs.half(0, f"{n:064x}") for n in range(2000)]
    assert 900 < sum(drawn) < 1100
    assert drawn[:1000] == [configs.half(0, f"{n:064x}") for n in range(1000)]
    assert drawn != [configs.half(1, f"{n:064x}") for n in range(2000)]
