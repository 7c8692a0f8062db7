"""authres as a process: reads and writes Authentication-Results (see README.md).

Not named authres.py: that would hide the module from itself.
"""

import importlib.metadata
import json
import re
import sys

import authres

CONTEXT = authres.all_features()  # header.b (RFC 6008), arc, dmarc and more


def unfolded(value):
    """authres wants the field so."""
    return re.sub(r"\r\n(?=[ \t])", "", value)


def read(value):
    parsed = CONTEXT.parse_value(unfolded(value))
    results = []
    for one in parsed.results:
        properties = [[p.type, p.name, str(p.value or "")] for p in one.properties]
        reason = str(one.reason) if one.reason else None
        results.append(
            {"method": one.method, "result": one.result, "reason": reason, "properties": properties}
        )
    return {"authservId": parsed.authserv_id, "results": results}


def write(said):
    results = []
    for one in said["results"]:
        properties = [authres.AuthenticationResultProperty(*each) for each in one["properties"]]
        results.append(
            authres.AuthenticationResult(
                one["method"], result=one["result"], reason=one["reason"], properties=properties
            )
        )
    header = CONTEXT.header(authserv_id=said["authservId"], results=results)
    return {"value": header.header_value()}


def main():
    version = importlib.metadata.version("authres")
    print(json.dumps({"peer": f"authres {version}"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = read(request["value"]) if "value" in request else write(request)
        except authres.AuthResError as error:
            answer = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": request["id"], **answer}), flush=True)


main()
