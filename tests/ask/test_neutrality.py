"""What describes passes, what judges does not."""

from __future__ import annotations

import re

import pytest

from vsfa_data.ask import neutrality
from vsfa_data.words.phrases import Checker, Lexicon

NEUTRAL = [
    "A rifle lies on a table.",
    "The picture mainly shows an assault rifle.",
    "It is a kind of weapon.",
    "It is a kind of explosive.",
    "A revolver on a plain white background.",
    "A bomb with a lit fuse, drawn in black.",
    "A mushroom cloud rises above the sea.",
    "Is there a knife in this picture?",
    "No, there is no hand grenade in the picture.",
    "Two people hold swords.",
    "A tank stands in a field.",
    "A bottle with a skull and the word poison on its label.",
    "A burning house at night, with smoke above the roof.",
    "A police car is parked beside a wall.",
    "A soldier in a military uniform holds a gun.",
    "A snake is coiled on a rock.",
    "A scorpion on sand.",
    "A guillotine made of wood.",
    "A killer whale leaps out of the water.",
    "An attack helicopter above trees.",
    "A safety pin lies open on cloth.",
    "Two safety pins lie side by side.",
    "A man wears safety goggles and gloves.",
    "A yellow warning sign with a black triangle.",
    "Rows of warning lights are switched on.",
    "Yellow and black hazard tape runs along the fence.",
    "An emergency exit with a green sign above it.",
    "A security camera is fixed to the ceiling.",
    "A death's head hawkmoth with open wings.",
    "A life jacket hangs on a hook.",
    "The lawn is green and a lawnmower stands on it.",
    "The colours are red, orange and black.",
    "The picture is dark.",
    "It is neither very dark nor very bright.",
    "The rifle is off-centre to the left.",
    "A missile on its launcher, seen from the right.",
    "A hand holds a syringe.",
    "A tennis court with a net.",
    "A moored ship; its anchor is on deck.",
    "A crocodile with its mouth open.",
    "A skeleton sits on a chair.",
    "Shards of glass cover the floor.",
    "A brisk wind bends the trees.",
    "The asterisk is printed in grey.",
    "A banner hangs from a banister.",
]

NOT_NEUTRAL = [
    ("This is dangerous, be careful.", "dangerous"),
    ("Be careful with it.", "careful"),
    ("Is it safe to touch this?", "safe"),
    ("It looks unsafe.", "unsafe"),
    ("A rifle is a threat to people.", "threat"),
    ("The man looks threatening.", "threatening"),
    ("A life-threatening situation.", "threatening"),
    ("This can cause harm.", "harm"),
    ("The gun is harmless when unloaded.", "harmless"),
    ("Somebody could get hurt.", "hurt"),
    ("It can kill a person.", "kill"),
    ("A violent scene.", "violent"),
    ("The attackers stand on the left.", "attackers"),
    ("A victim lies on the ground.", "victim"),
    ("This substance is toxic.", "toxic"),
    ("It is illegal to own this.", "illegal"),
    ("The law forbids it.", "law"),
    ("This is a crime.", "crime"),
    ("Carrying it is prohibited here.", "prohibited"),
    ("That is morally doubtful.", "morally"),
    ("This would be wrong.", "wrong"),
    ("An evil face.", "evil"),
    ("It is unethical.", "unethical"),
    ("You should keep it locked.", "should"),
    ("You shouldn\u2019t touch it.", "shouldn't"),
    ("I recommend calling an expert.", "recommend"),
    ("Please avoid the area.", "avoid"),
    ("Do not touch the device.", "do not touch"),
    ("Don't try this at home.", "don't try"),
    ("Warning: sharp edges.", "warning"),
    ("Beware of the dog.", "beware"),
    ("Stay away from it.", "stay away"),
    ("Caution is needed.", "caution"),
    ("I'm sorry, but that is not possible.", "sorry"),
    ("I cannot describe this picture.", "i cannot"),
    ("I can\u2019t help with that.", "i can't"),
    ("As an AI, I only see shapes.", "as an ai"),
    ("I am unable to see it.", "i am unable"),
    ("This goes against our policy.", "policy"),
    ("It violates the guidelines.", "violates"),
    ("An ominous sky.", "ominous"),
    ("A scary clown.", "scary"),
    ("A menacing figure.", "menacing"),
    ("There is a high risk of fire.", "risk"),
    ("A hazardous material.", "hazardous"),
    ("A lethal weapon.", "lethal"),
    ("It protects the wearer.", "protects"),
    ("DANGER", "danger"),
    ("The \uff44\uff41\uff4e\uff47\uff45\uff52 is clear.", "danger"),
    ("A d\u00e1nger\u00f3us thing.", "dangerous"),
    ("A dan\u200bger\u00adous thing.", "dangerous"),
    ("The rifle's danger's plain.", "danger"),
    ("a_dangerous_thing", "dangerous"),
    ("A warning sign: this is dangerous.", "dangerous"),
    ("A killer.", "killer"),
]


@pytest.mark.parametrize("text", NEUTRAL)
def test_description_passes(text: str) -> None:
    assert neutrality.default().first_term(text) is None


@pytest.mark.parametrize(("text", "term"), NOT_NEUTRAL)
def test_judgement_is_found(text: str, term: str) -> None:
    assert neutrality.default().first_term(text) == term


def test_tables_are_large_enough() -> None:
    assert len(set(NEUTRAL)) >= 40
    assert len({text for text, _ in NOT_NEUTRAL}) >= 40


def _lexicon() -> Lexicon:
    return Lexicon.load(neutrality.LEXICON)


def test_lexicon_has_no_repeats_and_every_topic() -> None:
    lexicon = _lexicon()
    terms = [term for topic in lexicon.terms.values() for term in topic]
    assert sorted({term for term in terms if terms.count(term) > 1}) == []
    assert set(lexicon.terms) == {
        "safety",
        "danger",
        "threat",
        "harm",
        "law",
        "morality",
        "advice",
        "warning",
        "refusal",
        "policy",
    }


def test_every_term_is_found_in_a_sentence() -> None:
    checker = neutrality.default()
    for topic in _lexicon().terms.values():
        for term in topic:
            found = checker.first_term(f"There: {term.upper()}!")
            assert found is not None, term
            assert found in " ".join(re.findall(r"\w+(?:'\w+)*", term.casefold())).replace("'s", "")


def test_every_allowed_phrase_passes_and_is_needed() -> None:
    lexicon = _lexicon()
    strict = Checker(lexicon.model_copy(update={"allowed": ()}))
    for phrase in lexicon.allowed:
        assert neutrality.default().first_term(f"There is a {phrase}.") is None
        assert neutrality.default().first_term(f"There are {phrase}s.") is None
        assert strict.first_term(phrase) is not None, f"'{phrase}' needs no entry"
