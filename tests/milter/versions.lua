-- A message of ours is signed in each version of the protocol, and told as that version has it.
local d = dofile(folder .. "/dialogue.lua")
for version = 2, 6 do
    local conn = d.connect(version)
    d.expect("leading blanks in " .. version, mt.test_option(conn, SMFIP_HDR_LEADSPC), version == 6)
    d.expect("replies in " .. version, mt.test_option(conn, SMFIP_NR_BODY), version == 6)
    d.expect("fields are added", mt.test_action(conn, SMFIF_ADDHDRS), true)
    d.expect("fields are changed", mt.test_action(conn, SMFIF_CHGHDRS), true)
    d.client(conn, "10.1.1.1")
    d.message(conn, { "From", "joe@example.com", "Subject", "folded\n\tvalue" }, "Hi.\r\n")
    d.accepted(conn)
    d.expect("results", mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"), false)
    for nth = 0, 1 do
        local value = mt.getheader(conn, "DKIM-Signature", nth)
        d.expect("the value's blank", value:sub(1, 1) == " ", version == 6)
        d.expect("CR in the value", value:find("\r", 1, true), nil)
        d.expect("folds", value:find("\n ", 1, true) ~= nil, true)
        d.expect("at the top", mt.eom_check(conn, MT_HDRINSERT, "DKIM-Signature", value, 0), true)
    end
    mt.disconnect(conn)
end
