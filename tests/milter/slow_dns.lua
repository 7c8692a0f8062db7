-- While the DNS keeps us waiting the mail server is told to wait, past the time it would wait in silence.
local d = dofile(folder .. "/dialogue.lua")
mt.set_timeout(5)
local conn = d.connect(6)
d.client(conn, "192.0.2.1")
d.message(conn, {
    "DKIM-Signature", "v=1; a=rsa-sha256; d=example.net; s=x; h=from; b=AAAA;\n\tbh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=",
    "From", "a@example.net",
}, "Hi.\r\n")
d.accepted(conn)
local value = mt.getheader(conn, "Authentication-Results", 0)
d.expect("temporary", value:find("dkim=temperror", 1, true) ~= nil, true)
mt.disconnect(conn)
