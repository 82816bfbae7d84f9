"""Linear programs with exact rational certificates, and the programs of mechanism design."""
