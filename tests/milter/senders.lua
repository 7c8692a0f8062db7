-- Who is ours: by the service, by a login, by the address; and by nothing else.
local d = dofile(folder .. "/dialogue.lua")
for _, case in ipairs({
    { address = "192.0.2.1", signed = false },
    { address = "10.2.3.4", signed = true },
    { address = "192.0.2.1", mail = { "{auth_type}", "PLAIN", "{auth_authen}", "joe" }, signed = true },
    { address = "192.0.2.1", mail = { "{auth_type}", "" }, signed = false },
    { address = "192.0.2.1", connect = { "{daemon_name}", "ORIGINATING" }, signed = true },
    { address = "192.0.2.1", connect = { "{daemon_name}", "smtpd" }, signed = false },
}) do
    local conn = d.connect(6)
    if case.connect then
        d.must(mt.macro(conn, SMFIC_CONNECT, table.unpack(case.connect)))
    end
    d.client(conn, case.address)
    if case.mail then
        d.must(mt.macro(conn, SMFIC_MAIL, table.unpack(case.mail)))
    end
    d.message(conn, { "From", "joe@example.com" }, "Hi.\r\n")
    d.accepted(conn)
    d.expect(case.address, mt.eom_check(conn, MT_HDRINSERT, "DKIM-Signature"), case.signed)
    mt.disconnect(conn)
end
