"""False statements about fee markets and capacities: none is proved, and no file that states one is accepted."""

from __future__ import annotations

import json

import pytest

from equilibria import MIC, SCP, CapacityReports, OffChainAgreements, check, verify
from equilibria.checking import sealed
from equilibria.proofs.properties.fee_play import FeeProperty
from mechanisms import BlockSpace, Exchange, ProoflikeA, Refused, SecondPriceFee, Uniform

LAW = Uniform(0, 10)


def space(users: int, size: int) -> BlockSpace:
    return BlockSpace(dict.fromkeys("abc"[:users], LAW), size=size)


@pytest.mark.parametrize("property_", [MIC(0, short=False), SCP(fakes=0, short=False), OffChainAgreements(0, short=False)])
def test_no_full_block_is_no_proof(property_: FeeProperty) -> None:
    """Two bids do not fill four places: nothing would be tried, and the miner's price can be moved in a short block."""
    with pytest.raises(Refused, match="short=False needs a block without room; 2 users and 0 added bids do not fill 4"):
        verify(SecondPriceFee(), space(2, 4), property_)


def test_a_file_without_blocks_is_rejected() -> None:
    """That nobody loses by its own bid is the first half of the definition; a larger size leaves nothing of the second."""
    certificate = verify(SecondPriceFee(), space(2, 2), OffChainAgreements(0, short=False)).certificate
    assert certificate is not None and check(certificate.to_json()).valid
    tree = json.loads(certificate.to_json())
    tree["agents"]["units"] = 4
    tree["trees"] = [entry for entry in tree["trees"] if entry["variant"][0] in (1, 2)]
    tree["proofs"] = tree["proofs"][:2]
    checked = check(sealed(tree))
    assert not checked.valid and "fill a block of 4" in checked.message


@pytest.mark.parametrize(("most", "said"), [(None, "up to one more than all users demand"), (3, "up to 3")])
def test_which_capacities_were_tried_is_said(most: int | None, said: str) -> None:
    """A rule may hear a difference beyond those."""
    exchange = Exchange({"u": LAW}, dict.fromkeys("pq", LAW))
    verdict = verify(ProoflikeA(), exchange, CapacityReports("over", most=most))
    assert verdict.status == "proved" and said in verdict.message and verdict.certificate is not None
    assert "another capacity, up to `most` or else one more than the demand" in check(verdict.certificate.to_json()).message
