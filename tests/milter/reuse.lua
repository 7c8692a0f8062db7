-- A connection carries many messages; what was aborted is forgotten.
local d = dofile(folder .. "/dialogue.lua")
local conn = d.connect(6)
d.client(conn, "10.1.1.1")
for number = 1, 5 do
    d.envelope(conn, "joe@example.com")
    d.field(conn, "From", "joe@example.com")
    d.field(conn, "Authentication-Results", "filter.example; dkim=pass")
    d.must(mt.abort(conn))
    d.message(conn, { "From", "joe@example.com", "Subject", "number " .. number }, "Hi.\r\n")
    d.accepted(conn)
    d.expect("signed", mt.eom_check(conn, MT_HDRINSERT, "DKIM-Signature"), true)
    d.expect("deleted", mt.eom_check(conn, MT_HDRDELETE), false)
end
d.message(conn, {
    "Authentication-Results", "filter.example; dkim=pass",
    "From", "joe@example.com",
    "Authentication-Results", "filter.example; spf=pass",
}, "Hi.\r\n")
d.accepted(conn)
d.expect("deleted", mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results"), true)
mt.disconnect(conn)
