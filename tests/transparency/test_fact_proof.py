"""A proof of one fact is checked by a page of Python that shares nothing with the ledger, and refused where anything of it was changed."""

from __future__ import annotations

import ast
import base64
import importlib.util
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import InvalidError, UnknownError
from ledger.signing import new_key
from ledger.transparency import FACT_PROOF, TLOG_PROOF
from tests.desk import cited
from tests.fakes import CountingBytes
from tests.project_files import ROOT
from tests.transparency.fact_proofs import NAME, TEXT, VERIFIER, checked, key_of, proof_of, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.desk import Desk

_LINES = 200


def _loaded() -> Any:  # noqa: ANN401  a module without types
    spec = importlib.util.spec_from_file_location("verify_proof", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFY = _loaded()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = told(tmp_path / "test.ledger")
    yield made
    made.close()


def _refusal(proof: bytes, key: str) -> str:
    """Why the verifier refuses, by its class; empty where it does not."""
    try:
        VERIFY.check(proof, key, [])
    except Exception as error:  # noqa: BLE001  what the program turns into a refusal
        return type(error).__name__
    return ""


def test_the_verifier_is_short_and_needs_nothing_but_the_standard_library() -> None:
    text = VERIFIER.read_text()
    tree = ast.parse(text)
    names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}

    assert len(text.splitlines()) <= _LINES
    assert {"argparse", "base64", "hashlib", "json", "sys"} == names
    assert [] == [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_a_proof_shows_the_acts_the_values_the_sources_and_what_is_not_proven(
    desk: Desk, tmp_path: Path
) -> None:
    page = tmp_path / "page.txt"
    page.write_text(TEXT)

    found = checked(proof_of(desk), key_of(desk), tmp_path, page)

    assert (0, "") == (found.code, found.err)
    lines = found.out.splitlines()
    assert lines[0].startswith("PROVEN. The ledger ")
    assert "signed a history of 7 events" in lines[0]
    assert [3, 4, 5, 7] == [int(line.split()[1][:-1]) for line in lines if line.startswith("  position ")]
    assert f'    participants/p1/name: "{NAME}"' in lines
    assert '    grounds: "nobody was dragged"' in lines
    assert (
        '"source": "release", "stance": "supports"'
        in lines[lines.index(next(line for line in lines if line.startswith("  position 5: "))) + 1]
    )
    assert '    title: "Release of the police"' in lines
    assert '    it has the words "about 15 feet"' in lines
    assert "NOT PROVEN by this file: that what was reported is true" in found.out


def test_quoted_words_that_are_not_in_the_bytes_of_their_snapshot_are_told(
    desk: Desk, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>She was dragged for about <b>15</b> feet.")
    quote = [{"type": "TextQuoteSelector", "exact": "dragged for about 15 feet"}]
    snapshot = desk.capture(page.read_text(), media_type="text/html")
    citing = cited("a2", snapshot=snapshot, selector=quote)
    desk.act({"op": "attest-fact", "incident": "stop", "fact": "drag", "attestation": citing})

    found = checked(proof_of(desk), key_of(desk), tmp_path, page)

    after = found.out[found.out.index("the file ") :].splitlines()[1:]
    assert (
        '    NOT in its bytes as they are, where markup may part them: "dragged for about 15 feet"'
        == after[0]
    )
    assert after[1].startswith("NOT PROVEN by this file")


def test_each_act_is_a_tlog_proof_that_other_tools_read(desk: Desk) -> None:
    proof = json.loads(proof_of(desk))

    assert FACT_PROOF == proof["format"]
    for act, position in zip(proof["acts"], (3, 4, 5, 7), strict=True):
        head, _, note = act["proof"].partition("\n\n")
        name, index, *hashes = head.split("\n")
        assert (TLOG_PROOF, f"index {position - 1}") == (name, index)
        assert all(32 == len(base64.b64decode(one)) for one in hashes)
        assert proof["checkpoint"] == note


def test_chosen_paths_are_shown_and_the_others_are_said_to_be_withheld(desk: Desk, tmp_path: Path) -> None:
    found = checked(proof_of(desk, paths=["statement", "attestations/a1"]), key_of(desk), tmp_path)

    assert 0 == found.code
    assert '    statement: "The officer was dragged, says drag."' in found.out.splitlines()
    assert '"about 15 feet"' in found.out
    assert "    participants/p1/name: not shown in this proof" in found.out
    assert NAME not in found.out


def test_one_act_can_be_proved_by_its_version(desk: Desk) -> None:
    proof = json.loads(proof_of(desk, version=4))

    assert ["FactDisputed"] == [json.loads(act["event"])["type"] for act in proof["acts"]]


def test_a_redacted_value_is_shown_as_erased_and_a_proof_from_before_for_the_rest_still_verifies(
    desk: Desk, tmp_path: Path
) -> None:
    before = proof_of(desk, paths=["statement", "grounds"])
    desk.redact(facts=[{"fact": "drag", "paths": ["participants/p1/name"]}])

    after = proof_of(desk)

    key = key_of(desk)
    assert 0 == checked(before, key, tmp_path).code
    found = checked(after, key, tmp_path)
    assert 0 == found.code
    assert (
        "    participants/p1/name: erased by the redaction at position 8 (Art. 17 GDPR; the desk)"
        in found.out.splitlines()
    )
    assert NAME.encode() not in after
    assert json.loads(before)["acts"][0]["event"] == json.loads(after)["acts"][0]["event"]


def test_no_bit_of_a_proof_can_be_flipped(desk: Desk) -> None:
    proof, key = proof_of(desk, paths=["grounds"], version=4), key_of(desk)
    assert "" == _refusal(proof, key)
    accepted = []
    for at, bit in itertools.product(range(len(proof)), range(8)):
        flipped = bytearray(proof)
        flipped[at] ^= 1 << bit
        if not _refusal(bytes(flipped), key):
            accepted.append((at, bit))

    assert [] == accepted


def _changed(proof: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    read = json.loads(proof)
    change(read)
    return (json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def _swap_disclosures(proof: dict[str, Any]) -> None:
    first, second = proof["acts"][2], proof["acts"][3]
    first["disclosures"], second["disclosures"] = second["disclosures"], first["disclosures"]


def _forge_value(proof: dict[str, Any]) -> None:
    act = proof["acts"][3]
    act["disclosures"] = [line.replace("nobody", "somebody") for line in act["disclosures"]]


def _cut_path(proof: dict[str, Any]) -> None:
    act = proof["acts"][2]
    first = act["proof"].split("\n")[2]
    act["proof"] = act["proof"].replace(f"{first}\n", "")


_CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another fact": lambda proof: proof.update(fact="other"),
    "another incident": lambda proof: proof.update(incident="elsewhere"),
    "an act twice": lambda proof: proof["acts"].append(proof["acts"][-1]),
    "the acts in another order": lambda proof: proof["acts"].reverse(),
    "no act": lambda proof: proof["acts"].clear(),
    "no act upon the fact": lambda proof: proof.update(acts=proof["acts"][:2]),
    "a source that nothing cites": lambda proof: proof.update(acts=[proof["acts"][0], proof["acts"][3]]),
    "disclosures swapped": _swap_disclosures,
    "a value forged": _forge_value,
    "a value twice": lambda proof: proof["acts"][3]["disclosures"].append(proof["acts"][3]["disclosures"][0]),
    "the proof of another act": lambda proof: proof["acts"][2].update(proof=proof["acts"][3]["proof"]),
    "a path cut short": _cut_path,
    "no signature": lambda proof: proof.update(checkpoint=proof["checkpoint"].partition("\u2014")[0]),
    "an unknown member": lambda proof: proof.update(more=1),
    "an unknown member of an act": lambda proof: proof["acts"][0].update(position=3),
    "another format": lambda proof: proof.update(format="incident-ledger/fact-proof@2"),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_a_proof_that_was_changed_is_refused(desk: Desk, change: str) -> None:
    proof, key = proof_of(desk), key_of(desk)
    assert "" == _refusal(_changed(proof, lambda _: None), key)

    assert _refusal(_changed(proof, _CHANGES[change]), key)


def test_another_key_is_refused_also_one_of_the_same_name(desk: Desk, tmp_path: Path) -> None:
    proof = proof_of(desk)
    name = key_of(desk).partition("+")[0]
    other = new_key(name, CountingBytes("other")).verifier

    found = checked(proof, str(other), tmp_path)

    assert (1, "") == (found.code, found.out)
    assert "REFUSED: the checkpoint is not signed by the key given\n" == found.err


def test_a_file_that_the_fact_does_not_cite_is_refused(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(TEXT + " ")

    found = checked(proof_of(desk), key_of(desk), tmp_path, page)

    assert 1 == found.code
    assert "is not one that the fact cites" in found.err


@pytest.mark.parametrize("given", [b"", b"{}\n", b"[" * 100_000, b"\xff\xfe", b"null\n", b'{"acts":[{}]}\n'])
def test_what_is_no_proof_at_all_is_refused(desk: Desk, tmp_path: Path, given: bytes) -> None:
    proof_of(desk)

    found = checked(given, key_of(desk), tmp_path)

    assert (1, "") == (found.code, found.out)
    assert found.err.startswith("REFUSED: ")


def test_what_is_not_there_cannot_be_proved(desk: Desk) -> None:
    with pytest.raises(UnknownError, match="acts upon the fact are 2, 4"):
        proof_of(desk, version=3)
    with pytest.raises(UnknownError, match="it was not reported by then"):
        proof_of(desk, known=4)
    with pytest.raises(InvalidError, match="names nothing that stands in these acts"):
        proof_of(desk, paths=["statement", "nothing"])


def test_signatures_are_judged_as_the_library_judges_them() -> None:
    random = CountingBytes("signatures")
    for size in (0, 1, 31, 200):
        key = Ed25519PrivateKey.from_private_bytes(random(32))
        public, message = key.public_key().public_bytes_raw(), random(size)
        signature = key.sign(message)
        assert VERIFY.signature_is_good(public, message, signature)
        assert not VERIFY.signature_is_good(public, message + b"!", signature)
        assert not VERIFY.signature_is_good(public, message, signature[:-1])
        beyond = int.from_bytes(signature[32:], "little") + VERIFY.ORDER
        assert not VERIFY.signature_is_good(public, message, signature[:32] + beyond.to_bytes(32, "little"))
        for at in (0, 31, 32, 63):
            other = bytearray(signature)
            other[at] ^= 4
            assert not _is_good(public, message, bytes(other))


def _is_good(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return bool(VERIFY.signature_is_good(public, message, signature))
    except VERIFY.Refused:
        return False


_RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), _RFC_8032)
def test_the_test_vectors_of_rfc_8032_are_good(public: str, message: str, signature: str) -> None:
    """RFC 8032 §7.1, tests 1 to 3."""
    assert VERIFY.signature_is_good(*map(bytes.fromhex, (public, message, signature)))


def test_the_page_that_describes_the_file_names_the_verifier() -> None:
    page = (ROOT / "docs" / "proof-of-a-fact.md").read_text()

    assert "verify_proof.py" in page
    assert FACT_PROOF in page
