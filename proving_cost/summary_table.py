"""The tables that `str(summary)` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proving_cost.summary import Matrix, Summary

__all__ = ["correlation_table", "summary_table"]


def summary_table(summary: Summary) -> str:
    """Fits, seconds, failures, correlations, claims and replay, one table under the other."""
    facts = summary.log
    wide = max(len(label) for label in summary.provers)
    lines = [
        f"{facts.blocks} blocks ({facts.first_block} to {facts.last_block}), median "
        f"{facts.gas_median / 1e6:.3f} Mgas",
        "",
        "seconds = (a + b Mgas) x exp(difficulty, public) x exp(private); quantiles at the reference block",
        f"{'prover':<{wide}}    n  a s      b s/Mgas  sd     private sd  0.5 %     50 %      99.5 %    "
        "trimmed",
    ]
    for label, p in summary.provers.items():
        middle = p.seconds[len(p.seconds) // 2]
        lines.append(
            f"{label:<{wide}}  {p.n:3d}  {p.a_seconds:7.2f}  {p.b_seconds_per_mgas:8.4f}  "
            f"{p.residual_sd:5.3f}  "
            f"{p.private_sd:10.3f}  {p.seconds[0]:8.2f}  {middle:8.2f}  {p.seconds[-1]:8.2f}  "
            f"{p.trimmed_share:7.2%}"
        )
    lines += [
        "",
        f"{'prover':<{wide}}  attempts  failed    rate  P(heavier)  p        P(harder)  p",
    ]
    for label, p in summary.provers.items():
        f = p.failures
        lines.append(
            f"{label:<{wide}}  {f.attempts:8d}  {f.failed:6d}  {f.rate:6.1%}  {_maybe(f.heavier):>10}  "
            f"{_maybe(f.heavier_p_value):<7}  {_maybe(f.harder):>9}  {_maybe(f.harder_p_value)}"
        )
    d = summary.difficulty
    lines += [
        "",
        f"public difficulty: sd {d.sd:.3f} over {d.blocks} blocks; it takes {d.common_share:.1%} of the "
        "residual variance",
    ]
    c = summary.correlations
    labels = tuple(summary.provers)
    for title, matrix in (
        ("seconds per gas", c.seconds_per_gas),
        ("residual from a + b gas", c.residual),
        ("private part (difficulty removed)", c.private),
    ):
        lines += ["", f"rank correlation, {title}", correlation_table(labels, matrix)]
    lines += ["", *(str(claim) for claim in summary.claims), "", str(summary.replay)]
    return "\n".join(lines)


def correlation_table(labels: tuple[str, ...], matrix: Matrix) -> str:
    """A matrix of correlations with a labelled row a prover."""
    wide = max(len(label) for label in labels)
    rows = zip(labels, matrix, strict=True)
    return "\n".join(f"{label:<{wide}}  " + " ".join(f"{value:5.2f}" for value in row) for label, row in rows)


def _maybe(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"
