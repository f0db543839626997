"""Every text that a wording can come to, whatever the image: its branches, one by one.

What a slot brings is judged when a pair is made. What the template says itself must be judged
before, and wholly: a branch that no example takes would be published all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.visitor import NodeTransformer

from vsfa_data.ask import render

MOST: Final = 256
"""Texts of one wording, at most."""
_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Filter),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Concat, nodes.Or, nodes.And),
    *(nodes.Not, nodes.Getitem),
)


def texts(wording: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Every text of `wording` with `values` in its slots.

    Raises SecurityError for what could say something that cannot be told beforehand, and what
    `render.fill` raises.
    """
    _refuse_others(wording)
    choices: list[int] = []
    for _ in range(MOST):
        chooser = _Chooser(choices)
        tree = chooser.visit(render.environment().parse(wording))
        yield " ".join(_rendered(tree, values).split())
        taken = chooser.taken
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        choices = [*(choice for choice, _ in taken[:-1]), taken[-1][0] + 1]
    raise SecurityError(f"it has more than {MOST} branches; make it several wordings")


def _rendered(tree: nodes.Template, values: Mapping[str, Any]) -> str:
    made: jinja2.Template = render.environment().from_string(tree)
    made.globals = {}
    return made.render(values)


def _refuse_others(wording: str) -> None:
    """Raise SecurityError for loops, variables, calls and whatever else texts could hide in."""
    for node in render.environment().parse(wording).find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            given = type(node).__name__.lower()
            raise SecurityError(
                f"it uses '{given}'; wordings have slots, filters, ~, and/or/not and if alone"
            )
        if isinstance(node, nodes.Getitem) and not isinstance(node.node, nodes.Name):
            raise SecurityError("an item in brackets is for lists in slots")


class _Chooser(NodeTransformer):
    """Takes one branch wherever there is a choice: the first where `choices` says nothing.

    `taken` is which was taken of how many.
    """

    def __init__(self, choices: Sequence[int]) -> None:
        self._choices = choices
        self.taken: list[tuple[int, int]] = []

    def _one_of(self, options: Sequence[Any]) -> Any:
        at = len(self.taken)
        chosen = self._choices[at] if at < len(self._choices) else 0
        self.taken.append((chosen, len(options)))
        return options[chosen]

    def visit_If(self, node: nodes.If) -> list[nodes.Node]:  # noqa: N802  # Jinja's name
        """The nodes of one branch."""
        branch = self._one_of([node.body, *(one.body for one in node.elif_), node.else_])
        return [found for one in branch for found in self.visit_list(one)]

    def visit_CondExpr(self, node: nodes.CondExpr) -> Any:  # noqa: N802  # Jinja's name
        """One of its two values; without an else, nothing is the other."""
        return self.visit(self._one_of([node.expr1, node.expr2 or nodes.Const("")]))

    def visit_Or(self, node: nodes.Or) -> Any:  # noqa: N802  # Jinja's name
        """Either side."""
        return self.visit(self._one_of([node.left, node.right]))

    visit_And = visit_Or  # noqa: N815  # Jinja's name

    def visit_Filter(self, node: nodes.Filter) -> Any:  # noqa: N802  # Jinja's name
        """`agree` says one of two things; other filters say what they are given."""
        if node.name == "agree" and len(node.args) == 2 and not node.kwargs:
            return self.visit(self._one_of(node.args))
        return self.generic_visit(node)
