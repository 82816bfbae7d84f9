r"""Writes the certificate of a proof: the tree, the property, and the multipliers in the order of the walk.

Nodes of a tree stand in depth-first order, one text each: `split F; G` ($F \ge G$, then $F < G$), `sign F; G` (greater, equal,
less), `first F; G; ...` (the first that attains the maximum), `dead`, and a leaf `= shares / payments`. A form is a sum of terms
such as `2*r0` and numbers, in which `r0` is the first report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from equilibria.equilibrium import Certificate
from equilibria.proofs.affine import ONE, Form, Rat
from equilibria.proofs.obligations import Property
from equilibria.proofs.rules import Rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.trees import Branch, Dead, FirstMax, Leaf, Sign, Split, Tree

__all__ = ["certificate", "written_tree"]


def written_form(form: Form) -> str:
    """A form as a text."""
    terms = [
        f"{coefficient}" if place == ONE else f"r{place}" if coefficient == 1 else f"{coefficient}*r{place}"
        for place, coefficient in sorted(form.items())
    ]
    return " ".join(terms) or "0"


def written_tree(tree: Tree) -> list[str]:
    """The nodes in depth-first order."""
    nodes: list[str] = []
    stack: list[Tree | None] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Leaf):
            shares, payments = (_listed(forms) for forms in (node.allocation, node.payments))
            nodes.append(f"= {shares} / {payments}")
        elif isinstance(node, Dead):
            nodes.append("dead")
        else:
            assert isinstance(node, Branch)
            nodes.append(_written_branch(node))
            stack.extend(reversed(node.children))
    return nodes


def _named(property_: Property, key: tuple[int, int]) -> dict[str, object]:
    """Which run a tree is for."""
    return {"agent": key[0], "copies": key[1]} if property_.subject == "incentives" else {"variant": list(key)}


def _written_branch(node: Branch) -> str:
    if isinstance(node, FirstMax):
        return "first " + _listed(node.forms)
    assert isinstance(node, Split | Sign)
    return ("split " if isinstance(node, Split) else "sign ") + _listed((node.left, node.right))


def _listed(forms: Sequence[Form]) -> str:
    return "; ".join(written_form(form) for form in forms)


def _written_bound(bound: Rat | None) -> str | None:
    return None if bound is None else str(Fraction(bound))


def certificate(
    rule: Rule,
    setting: Setting,
    property_: Property,
    epsilon: Rat,
    trees: Mapping[tuple[int, int], Tree],
    proofs: Sequence[Sequence[str]],
    reduction: str | None = None,
) -> Certificate:
    """The certificate of a property that was proved.

    Arguments:
        rule: whose trees these are.
        setting: the agents.
        property_: what was proved.
        epsilon: by how much it may fail.
        trees: by `(agent, copies)` that are added.
        proofs: for each obligation the entries of its walk.
        reduction: what stands for the obligations of the property, if not they themselves.
    """
    from equilibria.checking.document import FORMAT, VERSION, sealed

    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "subject": property_.subject,
        "rule": dict(rule.origin),
        "agents": {
            "kind": setting.kind,
            "labels": list(setting.labels),
            "signs": list(setting.signs),
            "bounds": [[_written_bound(low), _written_bound(high)] for low, high in setting.bounds],
            "units": setting.units,
            "value": _written_bound(setting.value),
            **({"sizes": list(setting.sizes)} if setting.sizes else {}),
        },
        "property": {"name": property_.name, **property_.parameters()},
        "trees": [
            {**_named(property_, key), "nodes": written_tree(tree)} for key, tree in trees.items()
        ],
        **({} if reduction is None else {"reduction": reduction}),
        "proofs": [";".join(entries) for entries in proofs],
        "states": {"property": property_.name, "epsilon": str(Fraction(epsilon))},
    }
    return Certificate(sealed(document))
