"""dkimpy as a process: signs, seals and verifies as JSON Lines on stdin ask for (see README.md)."""

import base64
import importlib.metadata
import json
import sys

import dkim

# dkimpy compares t= and x= with the clock; the tests use times that hold for decades.


def keys_lookup(keys):
    """A resolver that knows only the keys of the request; dkimpy asks with a dot at the end."""
    records = {name.lower().encode(): record.encode() for name, record in keys.items()}
    return lambda name, timeout=5: records.get(name.lower().rstrip(b"."))


def verify(message, keys):
    """One answer per DKIM-Signature field, top first."""
    verifier = dkim.DKIM(message)
    fields = [name for name, _ in verifier.headers if name.lower() == b"dkim-signature"]
    results = []
    for index in range(len(fields)):
        try:
            verified = dkim.DKIM(message).verify(idx=index, dnsfunc=keys_lookup(keys))
            results.append({"pass": verified is True, "why": "" if verified else "does not verify"})
        except dkim.DKIMException as error:
            results.append({"pass": False, "why": f"{type(error).__name__}: {error}"})
    return results


def private_key(request):
    """RSA as PEM; Ed25519 as the base64 of the seed, the end of a PKCS#8 file (RFC 8410)."""
    pem = request["privateKey"]
    if request["algorithm"] == "rsa-sha256":
        return pem.encode()
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    return base64.b64encode(der[-32:])


def sign(message, request):
    """The DKIM-Signature field, CRLF included."""
    algorithm = request["algorithm"].encode()
    canonicalization = tuple(word.encode() for word in request["canonicalization"].split("/"))
    return dkim.DKIM(message, signature_algorithm=algorithm).sign(
        request["selector"].encode(),
        request["domain"].encode(),
        private_key(request),
        canonicalize=canonicalization,
        include_headers=[name.encode() for name in request["headers"]],
        length=request.get("bodyLength", False),
    )


def verify_chain(message, keys):
    """The verdict on the ARC chain; `oldestPass` as RFC 8617 §5.2 has it, 0 where all pass."""
    result, sets, why = dkim.ARC(message).verify(dnsfunc=keys_lookup(keys))
    oldest = None
    for one in sets:  # newest first
        if not one["ams-valid"]:
            break
        oldest = one["instance"] if one["instance"] > 1 else 0
    word = {dkim.CV_Pass: "pass", dkim.CV_None: "none"}.get(result, "fail")
    return {"chain": word, "why": str(why), "oldestPass": oldest}


def seal(message, request):
    """The three fields of the next ARC set, CRLF included."""
    fields = dkim.ARC(message, signature_algorithm=request["algorithm"].encode()).sign(
        request["selector"].encode(),
        request["domain"].encode(),
        private_key(request),
        request["authservId"].encode(),
        timestamp=request["timestamp"],
    )
    if not fields:
        return {"refused": "added no set"}
    lines = b"".join(field.removesuffix(b"\r\n") + b"\r\n" for field in fields)
    return {"field": base64.b64encode(lines).decode()}


def answer(request):
    message = base64.b64decode(request["message"])
    try:
        if request.get("protocol") == "arc":
            if "privateKey" in request:
                return seal(message, request)
            return verify_chain(message, request["keys"])
        if "privateKey" in request:
            return {"field": base64.b64encode(sign(message, request)).decode()}
        return {"results": verify(message, request["keys"])}
    except dkim.MessageFormatError as error:
        return {"refused": str(error)}


def main():
    version = importlib.metadata.version("dkimpy")
    algorithms = ["rsa-sha256", "ed25519-sha256"]
    print(json.dumps({"peer": f"dkimpy {version}", "algorithms": algorithms}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **answer(request)}), flush=True)


main()
