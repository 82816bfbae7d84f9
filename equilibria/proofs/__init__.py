"""Incentive proofs: a rule is traced into a decision tree, and a property of the tree is proved or refuted exactly."""
