-- What the scripts here have in common. miltertest sets `port`.

local dialogue = {}

-- What a mail server of each version offers. mt.negotiate wants the steps before the actions, whatever its
-- manual says.
dialogue.offers = {
    [2] = { steps = 0x7F, actions = 0x3F },
    [3] = { steps = 0x7F, actions = 0x3F },
    [4] = { steps = 0x3FF, actions = 0x3F },
    [5] = { steps = 0x3FF, actions = 0x3F },
    [6] = { steps = 0x1FFFFF, actions = 0x1FF },
}

-- miltertest says nothing of a script's own errors.
local function fail(text)
    mt.echo("error: " .. debug.traceback(text, 3))
    error(text)
end

function dialogue.must(problem)
    if problem ~= nil then
        fail(problem)
    end
end

function dialogue.connect(version)
    local conn = mt.connect("inet:" .. port .. "@127.0.0.1", 40, 0.25)
    if conn == nil then
        fail("cannot connect")
    end
    local offer = dialogue.offers[version]
    dialogue.must(mt.negotiate(conn, version, offer.steps, offer.actions))
    return conn
end

-- A step that is answered by "continue", unless it was agreed that it is not answered at all.
function dialogue.step(conn, silent, problem)
    dialogue.must(problem)
    if not mt.test_option(conn, silent) and mt.getreply(conn) ~= SMFIR_CONTINUE then
        fail("the answer is " .. string.char(mt.getreply(conn)))
    end
end

function dialogue.client(conn, address)
    dialogue.step(conn, SMFIP_NR_CONN, mt.conninfo(conn, "host.example", address))
    dialogue.step(conn, SMFIP_NR_HELO, mt.helo(conn, "host.example"))
end

function dialogue.envelope(conn, sender)
    dialogue.step(conn, SMFIP_NR_MAIL, mt.mailfrom(conn, "<" .. sender .. ">"))
    dialogue.step(conn, SMFIP_NR_RCPT, mt.rcptto(conn, "<ann@example.net>"))
end

-- miltertest puts a blank before the value where that was agreed on.
function dialogue.field(conn, name, value)
    dialogue.step(conn, SMFIP_NR_HDR, mt.header(conn, name, value))
end

function dialogue.body(conn, text)
    dialogue.step(conn, SMFIP_NR_EOH, mt.eoh(conn))
    dialogue.step(conn, SMFIP_NR_BODY, mt.bodystring(conn, text))
    dialogue.must(mt.eom(conn))
end

-- A message of Joe's; `fields` are names and values by turns.
function dialogue.message(conn, fields, text)
    dialogue.envelope(conn, "joe@example.com")
    for at = 1, #fields, 2 do
        dialogue.field(conn, fields[at], fields[at + 1])
    end
    dialogue.body(conn, text)
end

function dialogue.accepted(conn)
    if mt.getreply(conn) ~= SMFIR_CONTINUE then
        fail("not accepted: " .. string.char(mt.getreply(conn)))
    end
end

function dialogue.expect(what, found, wanted)
    if found ~= wanted then
        fail(what .. ": " .. tostring(found) .. " in place of " .. tostring(wanted))
    end
end

return dialogue
