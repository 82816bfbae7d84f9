"""What provers with collateral do: backward induction over their costs, the option that a lock is, bonds, restaking."""
