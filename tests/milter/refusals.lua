-- A refusal is a reply with a code of its own, and nothing is changed.
local d = dofile(folder .. "/dialogue.lua")
local conn = d.connect(6)
d.client(conn, "192.0.2.1")
d.message(conn, {
    "DKIM-Signature", "v=1; a=rsa-sha256; d=example.net; s=x; h=from; b=AAAA;\n\tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=",
    "From", "a@example.net",
}, "x\r\n")
d.expect("the reply", mt.getreply(conn), SMFIR_REPLYCODE)
d.expect("results", mt.eom_check(conn, MT_HDRINSERT), false)
-- the connection is good for the next
d.message(conn, { "From", "a@example.net" }, "x\r\n")
d.accepted(conn)
mt.disconnect(conn)
