"""YAML that others wrote, as plain values: nothing in it is run, and nothing in it is doubtful."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import yaml

MAX_INT_BITS: Final = 4096
"""Size of a whole number, at most: Python itself refuses to print one of over 4300 digits."""

MAX_DEPTH: Final = 64
"""Lists and mappings within each other, at most: thousands would take minutes to read."""
_OPENING: Final = (
    *(yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken),
    *(yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken),
)
_CLOSING: Final = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)


def plain_yaml(text: str) -> Any:
    """What a YAML text says: plain values only. Raises yaml.YAMLError whatever is wrong with it.

    Aliases are refused: a few of them make a short text as large as one likes. So is a key that
    stands twice in one mapping, of which YAML's readers would drop one without a word.
    """
    depth = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            raise yaml.YAMLError("aliases (*name) are not used here")
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f"a value that cannot be read: more than {MAX_DEPTH} deep")
    return yaml.load(text, _Loader)  # noqa: S506  a SafeLoader


class _Loader(yaml.SafeLoader):
    """SafeLoader with YAML's own error for each value that Python's types refuse."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        """As SafeLoader does; its constructors raise all sorts of errors for `!!bool maybe`."""
        try:
            value = super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError, OverflowError) as error:
            raise _refused(f"a value that cannot be read: {error}", node) from None
        if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
            raise _refused("a value that cannot be read: a number of too many digits", node)
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        """As SafeLoader does; a key that the text has twice is refused."""
        seen: set[Hashable] = set()
        for named, _ in node.value:
            if isinstance(named, yaml.ScalarNode):
                key = self.construct_object(named)
                if key in seen:
                    raise _refused(f"the key {key!r:.80} stands here twice", named)
                seen.add(key)
        return super().construct_mapping(node, deep)


def _refused(problem: str, node: yaml.Node) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
