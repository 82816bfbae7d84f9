r"""`verify`: prove or refute a property of a rule, exactly and over all reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from equilibria.equilibrium import Certificate
from equilibria.proofs.affine import Rat, exact
from equilibria.proofs.certificates import certificate
from equilibria.proofs.counterexamples import Refuted, counterexample_of
from equilibria.proofs.in_expectation import IN_EXPECTATION, STRONGER, verify_in_expectation
from equilibria.proofs.obligations import Obligation, Property
from equilibria.proofs.product_walk import Violation, Walk
from equilibria.proofs.properties.registry import property_of
from equilibria.proofs.rivals_in_order import ordered, swaps
from equilibria.proofs.rules import Rule
from equilibria.proofs.settings import Setting
from equilibria.proofs.subjects import read_subject
from equilibria.proofs.symbols import Untraceable
from equilibria.proofs.traced_rule import Crashes, TracedRule, traced
from equilibria.proofs.tracing import OutOfTime
from equilibria.proofs.verdict import Counterexample, Status, Verdict
from mechanisms.distributions.parameters import finite, shown
from mechanisms.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from equilibria.solving import Progress
    from mechanisms import Market, Mechanism

__all__ = ["verify"]

BELIEVED = "; the rule multiplies reports, so there is no certificate: one must trust z3's decision about polynomials"
MANY_REGIONS = 40  # with fewer, the plain product is walked sooner than the swaps


def verify(
    mechanism: Mechanism | Callable[..., object],
    market: Market | int,
    property: str | Property = "dsic",
    *,
    side: Literal["sale", "procurement"] | None = None,
    epsilon: float | Fraction = 0,
    timeout: float = 60.0,
    progress: Progress | None = None,
) -> Verdict:
    r"""Prove a property of a rule for all reports, or refute it at exact numbers.

    $$ \forall \theta, r:\quad u_i(f(r, \theta_{-i}); \theta_i) \le u_i(f(\theta); \theta_i),\qquad
       u_i = s_i(\theta_i x_i - p_i) \quad\text{(for `"dsic"`)} $$

    The rule $f$ is traced on symbols into its decision tree, which for rules that compare and return affine forms of the reports
    is finite; a property holds if on every cell of the tree (times itself, with a deviation put in) an affine form is at most
    zero, which Farkas multipliers prove and a point refutes. Ties are part of the domain: cells are cut exactly as the rule
    cuts them.

    Arguments:
        mechanism: $f$: a rule of the catalogue, or a function of the list of reports that returns `(allocation, payments)`, one
            number for each report in both, or a list of `(probability, (allocation, payments))`. It is not changed.
        market: who reports; types and reports lie in the supports of its priors. For a function, the number of agents will do,
            whose types are then at least 0.
        property: a `Property`, or the name of one: `"dsic"`, `"individual_rationality"`, `"no_deficit"`, `"budget_balance"`,
            `"efficiency"`, `"monotonicity"`, `"envy_freeness"`, `"false_names"`, `"coalitions"`; of an exchange
            `"capacity_reports"`, `"capacity_splits"`; of a fee rule `"uic"`, `"mic"`, `"scp"`, `"off_chain_agreements"`; in
            expectation over the priors of a market, `"bic"` and `"interim_ir"`.
        side: for a number of agents, whether they are buyers with values (`"sale"`, what None becomes) or provers with costs
            (`"procurement"`).
        epsilon: in money; if the property fails by no more than this anywhere, the verdict is `"within"`.
        timeout: in seconds; what is not decided then is `"unknown"`.
        progress: called as `progress(what, share)` now and then.

    Returns:
        A `Verdict` with `.status`, `.message`, `.counterexample` (replayed on the rule itself) and `.certificate`, which
        `check` confirms without z3.

    Raises:
        InvalidInput: an argument is wrong, or the rule returns something else.
        Refused: the property has no meaning for these agents, or the rule has no finite tree: it is random, reads the clock,
            changes its input, divides by a report, or takes transcendental functions of one.

    Notes:
        Floats in a rule count as the rationals that they are. The certificate is about the decision tree; that the tree is the
        rule rests on the tracer, which compares every leaf with the rule at a point of its cell, and on `prover-markets check
        FILE --rule FILE:FUNCTION`, which compares them everywhere. A rule that multiplies reports is decided by z3's procedure
        for polynomials; then there is no certificate, and the message says so. Cells grow fast with the agents of a rule that
        sorts: a second-price auction of 14 takes some seconds, McAfee's exchange of 4 and 4 about a minute.

    Example:
        >>> from equilibria import verify
        >>> def second_price(bids):
        ...     winner = max(range(len(bids)), key=lambda i: bids[i])
        ...     price = max(bids[i] for i in range(len(bids)) if i != winner)
        ...     return [int(i == winner) for i in range(len(bids))], [price if i == winner else 0 for i in range(len(bids))]
        >>> verify(second_price, 3).status
        'proved'
        >>> print(verify(second_price, 3, "coalitions").counterexample.story)
        buyer a (1, bids ...) and buyer b (1, bids 0) against (0): gain 1 together

    References:
        Vickrey, Counterspeculation, auctions, and competitive sealed tenders, J. Finance 16 (1961). Schrijver, Theory of Linear
        and Integer Programming (1986), corollary 7.1e (Farkas' lemma in the form that is used).
    """
    rule, setting = read_subject(mechanism, market, side)
    expectation = property if isinstance(property, str) and property in IN_EXPECTATION else None
    asked = property_of(property if expectation is None else "dsic")
    if asked.subject != "incentives" and "mechanism" not in rule.origin:
        raise Refused(
            f"{asked.name} needs a rule of the catalogue: a function of the reports says nothing of blocks or other capacities."
        )
    allowed = exact(finite(epsilon, "epsilon")) if not isinstance(epsilon, Fraction) else epsilon
    assert allowed is not None
    if allowed < 0:
        raise InvalidInput(f"epsilon must be at least 0; got {shown(epsilon)}.")
    if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not timeout > 0 or math.isnan(timeout):
        raise InvalidInput(f"timeout must be a positive number of seconds; got {shown(timeout)}.")
    if expectation is not None:

        def stronger() -> Verdict:
            return verify(mechanism, market, STRONGER[expectation], timeout=timeout)

        return verify_in_expectation(rule, setting, market, expectation, Fraction(allowed), timeout, stronger)
    return _Verification(rule, setting, asked, allowed, monotonic() + timeout, timeout, progress).verdict()


class _Verification:
    """One verification, in parts."""

    def __init__(
        self,
        rule: Rule,
        setting: Setting,
        asked: Property,
        allowed: Rat,
        deadline: float,
        timeout: float,
        progress: Progress | None,
    ) -> None:
        self.progress = progress
        self.reduction: str | None = None
        self.affine = True
        self.rule, self.setting, self.property = rule, setting, asked
        self.allowed, self.deadline, self.timeout = allowed, deadline, timeout
        self.traced: dict[tuple[int, int], TracedRule] = {}
        self.cases = 0

    def verdict(self) -> Verdict:
        """What is known at the end.

        Raises:
            Refused: the rule cannot be analysed, or the property has no meaning here.
        """
        try:
            return self._found()
        except Untraceable as reason:
            raise Refused(f"verify cannot analyse {self.rule.name!r}: it {reason}.") from None

    def _found(self) -> Verdict:
        obligations = list(self.property.obligations(self.setting))
        try:
            for obligation in obligations:
                for run in obligation.runs:
                    self._tree(run.copies)
            proofs = self._proofs(obligations, 0)
        except Crashes as crash:
            return self._crashed(crash)
        except OutOfTime:
            return self._unknown()
        except RecursionError:
            return self._verdict("unknown", "unknown: the rule compares too often in one run to be walked through.")
        except Refuted as found:
            return self._refuted(obligations, found)
        return self._verdict(
            "proved",
            f"proved: {self.property.sentence()}, whatever is reported" + ("" if self.affine else BELIEVED),
            epsilon=Fraction(0),
            certificate=self._certificate(0, proofs),
        )

    def _tree(self, copies: tuple[int, int]) -> TracedRule:
        if copies not in self.traced:
            if copies[1] and self.setting.kind == "exchange" and "function" in self.rule.origin:
                raise Refused(
                    f"{self.property.name} of a function in an exchange has no meaning: a list of more reports does not say on "
                    "which side the further ones stand. Use a rule of the catalogue."
                )
            setting = self.property.setting_of_run(self.setting, copies)
            self.traced[copies] = traced(self.rule, setting, self.deadline)
            self.affine = self.affine and self.traced[copies].affine
        return self.traced[copies]

    def _proofs(self, obligations: Sequence[Obligation], slack: Rat) -> list[list[str]]:
        if self._is_large(obligations):
            try:
                proofs = self._each(swaps(self.setting), 0)
            except Refuted:
                pass  # it matters who a rival is
            else:
                self.reduction = "rivals in order"
                return proofs + self._each(ordered(self.setting, obligations), slack)
        self.reduction = None
        return self._each(obligations, slack)

    def _is_large(self, obligations: Sequence[Obligation]) -> bool:
        """Whether to look for fewer cases."""
        regions = sum(found.leaves for found in self.traced.values())
        return regions >= MANY_REGIONS and all(obligation.own is not None for obligation in obligations)

    def _each(self, obligations: Sequence[Obligation], slack: Rat) -> list[list[str]]:
        proofs = []
        for number, obligation in enumerate(obligations):
            if self.progress is not None:
                self.progress(f"proving {self.property.name}", number / len(obligations))
            proofs.append(self._proof(obligation, slack))
        return proofs

    def _proof(self, obligation: Obligation, slack: Rat) -> list[str]:
        entries: list[str] = []
        walk = Walk(
            obligation, [self._tree(run.copies).tree for run in obligation.runs], self.deadline, slack, entries.append
        )
        try:
            walk.prove()
        except Violation as violation:
            raise Refuted(obligation, violation, walk.solver) from None
        finally:
            self.cases += walk.leaves
        self.affine = self.affine and walk.affine
        return entries

    def _certificate(self, epsilon: Rat, proofs: Sequence[Sequence[str]]) -> Certificate | None:
        trees = {copies: found.tree for copies, found in self.traced.items()}
        if not self.affine:
            return None
        return certificate(self.rule, self.setting, self.property, epsilon, trees, proofs, self.reduction)

    def _refuted(self, obligations: Sequence[Obligation], found: Refuted) -> Verdict:
        counterexample = self._counterexample(found)
        if self.allowed:
            try:
                proofs = self._proofs(obligations, self.allowed)
            except OutOfTime:
                return self._unknown()
            except Refuted as larger:
                counterexample = self._counterexample(larger)
            else:
                return self._verdict(
                    "within",
                    f"within {self.allowed}: it fails, and by no more ({counterexample.story})",
                    epsilon=Fraction(self.allowed),
                    counterexample=counterexample,
                    certificate=self._certificate(self.allowed, proofs),
                )
        return self._verdict("refuted", f"refuted: {counterexample.story}", counterexample=counterexample)

    def _counterexample(self, found: Refuted) -> Counterexample:
        settings = {copies: there.setting for copies, there in self.traced.items()}
        return counterexample_of(found, self.rule, self.property, self.setting, settings, self.deadline)

    def _crashed(self, crash: Crashes) -> Verdict:
        reports = {label: Fraction(value) for label, value in zip(crash.labels, crash.point, strict=True)}
        at = ", ".join(f"{label} {value}" for label, value in reports.items())
        counterexample = Counterexample(
            types=reports, reports=(reports,), allocations=(), payments=(), gain=Fraction(0), story=f"at {at}: {crash.message}"
        )
        return self._verdict("crashes", f"crashes: at {at}: {crash.message}", counterexample=counterexample)

    def _unknown(self) -> Verdict:
        reached = (
            f"{self.cases} cases of {sum(found.leaves for found in self.traced.values())} regions were proved"
            if self.traced
            else "the rule was not traced to the end"
        )
        if monotonic() < self.deadline:
            return self._verdict("unknown", f"unknown: {reached}, and z3 gave up on polynomials of the reports.")
        return self._verdict(
            "unknown",
            f"unknown: after {self.timeout:g} s {reached}, and nothing is claimed. Pass a longer timeout or fewer agents.",
        )

    def _verdict(self, status: Status, message: str, **rest: Any) -> Verdict:
        return Verdict(
            rule=self.rule.name,
            property=self.property.name,
            status=status,
            message=message,
            regions=sum(found.leaves for found in self.traced.values()),
            cases=self.cases,
            **rest,
        )
