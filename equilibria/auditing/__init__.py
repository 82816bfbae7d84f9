"""What a self-interested prover, user, coalition or requester would do to a rule: one file a kind of deviation."""
