"""Check a proof of one fact of an incident-ledger, without the ledger, a network, or any program but this page and Python 3.9 or newer.

    python3 verify_proof.py PROOF --key KEY [--snapshot FILE ...]

KEY is the ledger's public key, one line NAME+ID+BASE64. Take it from the publisher, from paper, or from somebody who kept it; never from
whoever gave you the proof. FILE is a captured page or document, to see that it is the one that was cited and has the words quoted.

How it works. (1) Each act upon the fact is one line of text, the event. Values are not in it, only the SHA-256 of each value together with
16 random bytes; the proof has the values that it shows, and here they are hashed and compared. (2) The SHA-256 of the event is a leaf of
the ledger's Merkle tree (RFC 6962); the proof gives the hashes from that leaf to the root, and here the root is computed. (3) The root
stands in a checkpoint, a note that the ledger's key has signed (C2SP signed-note, Ed25519 of RFC 8032); here the signature is checked.
Nothing is believed because the file says so. Format: docs/proof-of-a-fact.md. It ends with 0 (proven), 1 (refused) or 2 (usage).
"""

import argparse
import base64
import hashlib
import json
import sys

FORMAT, PROOF = "incident-ledger/fact-proof@1", "c2sp.org/tlog-proof@v1"
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)

class Refused(Exception):
    """The proof does not prove what it says."""
def must(condition, complaint):
    if not condition:
        raise Refused(complaint)

# --- Ed25519, RFC 8032 section 5.1. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result

def point_of(data):
    """The point that 32 bytes stand for: y, and in the highest bit the sign of x."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    must(len(data) == 32 and y < P, "a public key or signature holds no point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_1 % P
    must(x * x % P == square and not (x == 0 and sign), "a public key or signature holds no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def signature_is_good(public, message, signature):
    """Whether signature = (R, s) fits: s * BASE = R + h * public, where h = SHA-512(R, public, message)."""
    if len(signature) != 64 or (s := int.from_bytes(signature[32:], "little")) >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(point_of(signature[:32]), times(h, point_of(public)))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 == (left[1] * right[2] - right[1] * left[2]) % P

# --- Hashes, the tree, and the checkpoint
def sha256(data):
    return hashlib.sha256(data).digest()

def unbase64(text):
    data = base64.b64decode(text, validate=True)
    must(base64.b64encode(data).decode() == text, "base64 that could be written otherwise")
    return data

def root_of(index, size, leaf, path):
    """The root to which a path leads from a leaf, RFC 9162 section 2.1.3.2."""
    must(0 <= index < size, "the index is outside the tree")
    node, last, found = index, size - 1, leaf
    for other in path:
        must(last > 0 and len(other) == 32, "the path is longer than the way to the root")
        if node & 1 or node == last:
            found = sha256(b"\1" + other + found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = sha256(b"\1" + found + other)
        node, last = node >> 1, last >> 1
    must(last == 0, "the path ends before the root")
    return found

def checkpoint_of(note, key):
    """The origin, size and root that a note says, once its signature by the key is found to be good."""
    name, key_id, encoded = key.split("+", 2)
    public = unbase64(encoded)
    must(public[:1] == b"\1" and sha256(name.encode() + b"\n" + public)[:4].hex() == key_id, "the key given is damaged")
    text, _, signatures = note.rpartition("\n\n")
    good = False
    for line in signatures.removesuffix("\n").split("\n"):
        dash, signer, data = line.split(" ")
        if (dash, signer, unbase64(data)[:4].hex()) == ("\u2014", name, key_id):
            must(signature_is_good(public[1:], (text + "\n").encode(), unbase64(data)[4:]), "the signature of the checkpoint is wrong")
            good = True
    must(good, "the checkpoint is not signed by the key given")
    origin, size, root = text.split("\n")
    must(origin == name and size == str(int(size)), "the checkpoint is of another log than the key, or malformed")
    return origin, int(size), unbase64(root)

# --- The acts
def read_act(act, note, checkpoint):
    """The index, the event and the values shown of one act, once it is found to be in the signed tree."""
    must(set(act) == {"event", "disclosures", "proof"}, "an act has an unknown member")
    head, blank, signed = act["proof"].partition("\n\n")
    name, index, *path = head.split("\n")
    must(name == PROOF and index == "index %d" % int(index[6:]) and blank and signed == note, "an act has another proof or checkpoint")
    root = root_of(int(index[6:]), checkpoint[1], sha256(b"\0" + act["event"].encode()), [unbase64(one) for one in path])
    must(root == checkpoint[2], "an event is not in the signed tree: its bytes, its place or its path were changed")
    event, values = json.loads(act["event"]), {}
    for line in act["disclosures"]:
        _, path, value = json.loads(line)
        digest = base64.urlsafe_b64encode(sha256(line.encode())).decode().rstrip("=")
        must(path not in values and event["committed"].get(path) == digest, "a value shown is not what the event committed to")
        values[path] = value
    return int(index[6:]), event, values

def redaction_of(redactions, event, path):
    """The redaction that names a path of an event, if the proof has it."""
    for position, by in redactions:
        body = by["body"]
        facts = [one["paths"] for one in body.get("facts", []) if one["fact"] == event["body"].get("fact")]
        events = [one["paths"] for one in body.get("events", []) if one["version"] == event["version"]]
        if by["stream"] == event["stream"] and any((path + "/").startswith(named + "/") for paths in facts + events for named in paths):
            return "erased by the redaction at position %d (%s; %s)" % (position, body["legal_basis"], body["authority"])
    return "not shown in this proof (withheld, or erased by a redaction that the proof does not have)"

def check(data, key, files):
    """The lines of the report. Raises Refused, or an error of Python's where the file is no proof at all."""
    proof = json.loads(data)
    again = json.dumps(proof, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    must(again.encode() == data, "the file is not in the one form that a proof has")
    must(set(proof) == {"format", "incident", "fact", "acts", "checkpoint"} and proof["format"] == FORMAT, "this is no proof of a fact")
    checkpoint = checkpoint_of(proof["checkpoint"], key)
    acts = [read_act(act, proof["checkpoint"], checkpoint) for act in proof["acts"]]
    must(acts and all(a[0] < b[0] for a, b in zip(acts, acts[1:])), "there is no act, or the acts are not in order")
    redactions = [(index + 1, event) for index, event, _ in acts if event["type"] == "Redacted"]
    lines, about, cited, quotes = ["PROVEN. The ledger %s signed a history of %d events that holds:" % checkpoint[:2]], 0, set(), []
    for index, event, values in acts:
        body = event["body"]
        if event["stream"] == "incident/" + proof["incident"] and event["type"] != "Redacted":
            must(body.get("fact") == proof["fact"], "an act is not upon this fact")
            about += 1
        attested = [*body.get("attestations", []), *body.get("citations", []), *filter(None, [body.get("attestation")])]
        cited.update(one[name] for one in attested if isinstance(one, dict) for name in ("source", "snapshot") if name in one)
        lines.append("  position %d: %s, %s version %d, recorded %s by %s" % (
            index + 1, event["type"], event["stream"], event["version"], event["recorded_at"], event["actor"]))
        lines.append("    in the clear: %s" % json.dumps(body, ensure_ascii=False, sort_keys=True))
        for path in sorted(event["committed"]):
            value = json.dumps(values[path], ensure_ascii=False) if path in values else redaction_of(redactions, event, path)
            lines.append("    %s: %s" % (path, value))
        taken = {one["id"]: one.get("snapshot") for one in attested if isinstance(one, dict)}
        selectors = [(path.split("/")[1], values[path]) for path in values if path.endswith("/selector")]
        quotes += [(taken.get(ident), one["exact"]) for ident, several in selectors for one in several if one.get("exact")]
    must(about, "no act is upon this fact")
    for _, event, _ in acts:
        ours = ["incident/" + proof["incident"], *("source/" + one for one in cited)]
        must(event["stream"] in ours, "an act belongs to something else")
    for name in files:
        with open(name, "rb") as file:
            content = file.read()
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        must(digest in cited, "the file %s is not one that the fact cites" % name)
        lines.append("  the file %s is the snapshot %s that was cited" % (name, digest))
        for quoted in dict.fromkeys(words for snapshot, words in quotes if snapshot == digest):
            has = "it has the words" if quoted.encode() in content else "NOT in its bytes as they are, where markup may part them:"
            lines.append("    %s %s" % (has, json.dumps(quoted, ensure_ascii=False)))
    return lines

NOT_PROVEN = """NOT PROVEN by this file: that what was reported is true; that the ledger's clock was right (the order of its events is
proven); that no further act upon the fact exists; that others were shown the same history, which takes comparing checkpoints; that a
redaction was lawful; and that the key is the publisher's, which is for whoever gave it to you."""

def main():
    parser = argparse.ArgumentParser(description="Check a proof of one fact of an incident-ledger.")
    parser.add_argument("proof")
    parser.add_argument("--key", required=True, help="the ledger's public key, NAME+ID+BASE64, from a source that you trust")
    parser.add_argument("--snapshot", action="append", default=[], help="a captured file, to compare with what was cited")
    asked = parser.parse_args()
    try:
        with open(asked.proof, "rb") as file:
            lines = check(file.read(), asked.key, asked.snapshot)
    except Refused as refusal:
        sys.exit("REFUSED: %s" % refusal)
    except Exception as error:  # Whatever else is wrong with the file, it is no proof.
        sys.exit("REFUSED: this cannot be read as a proof (%s)" % type(error).__name__)
    print("\n".join([*lines, NOT_PROVEN]))

if __name__ == "__main__":
    main()
