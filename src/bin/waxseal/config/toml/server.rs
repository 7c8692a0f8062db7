//! `[server]` and `[limits]`.

use std::path::Path;

use super::table::{Item, Table};
use crate::config::place::{Placed, within};
use crate::config::server::{LimitSettings, LogFormat, ServerSettings};
use crate::config::values;

/// What the file says of the server.
pub(super) fn settings(root: &mut Table<'_>, folder: &Path) -> ServerSettings {
    let mut settings = match root.item("server").and_then(|item| item.table("[server]")) {
        Some(table) => server(table, folder),
        None => ServerSettings::default(),
    };
    if let Some(table) = root.item("limits").and_then(|item| item.table("[limits]")) {
        settings.limits = limits(table);
    }
    settings
}

fn server(mut table: Table<'_>, folder: &Path) -> ServerSettings {
    let path = |item: Item<'_>| {
        let text = item.text()?;
        let named = match text.value.is_empty() {
            true => Err("it names no path".to_owned()),
            false => Ok(within(folder, &text.value)),
        };
        item.checked(named)
    };
    let settings = ServerSettings {
        authserv_id: table.item("authserv_id").and_then(|item| {
            let text = item.text()?;
            item.checked(values::domain(&text.value).map(|name| name.to_string()))
        }),
        control: table.item("control").and_then(path),
        spool: table.item("spool").and_then(path),
        spool_may_be_missing: false,
        user: table.text("user"),
        group: table.text("group"),
        log: table.item("log").and_then(|item| {
            let text = item.text()?;
            let all = [LogFormat::Text, LogFormat::Json];
            let found = all.into_iter().find(|format| format.name() == text.value);
            item.checked(
                found.ok_or_else(|| format!("{:?} is not known; write text or json", text.value)),
            )
        }),
        metrics: table.item("metrics").and_then(|item| {
            let text = item.text()?;
            item.checked(text.value.parse().map_err(|_| {
                format!("{:?} is no address with a port; write 127.0.0.1:9464", text.value)
            }))
        }),
        admin: table.item("admin").and_then(|item| {
            let text = item.text()?;
            item.checked(values::address(&text.value))
        }),
        socket_mode: table.item("socket_mode").and_then(|item| {
            let text = item.text()?;
            let mode = u32::from_str_radix(&text.value, 8).ok().filter(|mode| *mode <= 0o777);
            item.checked(mode.ok_or_else(|| {
                format!(
                    "{:?} is no file mode; write it in octal digits, such as \"0660\"",
                    text.value
                )
            }))
        }),
        limits: LimitSettings::default(),
    };
    table.finish();
    settings
}

fn limits(mut table: Table<'_>) -> LimitSettings {
    let mut number = |name: &'static str| -> Option<Placed<u64>> { table.item(name)?.number() };
    let (message_octets, memory_octets) = (number("message_octets"), number("memory_octets"));
    let (recipients, connections) = (number("recipients"), number("connections"));
    let connections_per_peer = number("connections_per_peer");
    let mut span = |name: &'static str| -> Option<Placed<u64>> { table.item(name)?.seconds() };
    let settings = LimitSettings {
        message_octets,
        memory_octets,
        recipients,
        connections,
        connections_per_peer,
        idle: span("idle"),
        deadline: span("deadline"),
        hop_connect: span("hop_connect"),
        hop_command: span("hop_command"),
        hop_end: span("hop_end"),
    };
    table.finish();
    settings
}
