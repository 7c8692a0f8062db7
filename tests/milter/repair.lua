-- What does not travel is repaired in what the mail server has; what is not ours is let be.
local d = dofile(folder .. "/dialogue.lua")
local text = "a\rb\r\nc\nd\r\n" .. string.rep("x", 1000) .. "\r\n"
local repaired = "a\r\nb\r\nc\r\nd\r\n" .. string.rep("x", 998) .. "\r\n xx\r\n"
for _, version in ipairs({ 2, 6 }) do
    for _, ours in ipairs({ true, false }) do
        local conn = d.connect(version)
        d.client(conn, ours and "10.1.1.1" or "192.0.2.1")
        d.message(conn, { "From", "joe@example.com", "Subject", "a\rb" }, text)
        d.accepted(conn)
        local blank = version == 6 and " " or ""
        d.expect("body", mt.eom_check(conn, MT_BODYCHANGE, repaired), ours)
        d.expect("any body", mt.eom_check(conn, MT_BODYCHANGE), ours)
        d.expect("field", mt.eom_check(conn, MT_HDRCHANGE, "Subject", blank .. "a b"), ours)
        d.expect("signed", mt.eom_check(conn, MT_HDRINSERT, "DKIM-Signature"), ours)
        mt.disconnect(conn)
    end
end
