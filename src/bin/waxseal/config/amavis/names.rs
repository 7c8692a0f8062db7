//! Which of amavisd's settings concern DKIM, the ports and the way of mail.

use super::lexer::Sigil;

const SCALARS: [&str; 12] = [
    "mydomain",
    "myhostname",
    "inet_socket_port",
    "inet_socket_bind",
    "unix_socketname",
    "forward_method",
    "notify_method",
    "enable_dkim_verification",
    "enable_dkim_signing",
    "dkim_signing_service",
    "originating",
    "recipient_delimiter",
];

const ARRAYS: [&str; 9] = [
    "mynetworks",
    "mynetworks_maps",
    "client_ipaddr_policy",
    "listen_sockets",
    "inet_acl",
    "dkim_signature_options_bysender_maps",
    "smtpd_discard_ehlo_keywords",
    "dkim_signing_keys_list",
    "dkim_signing_keys_storage",
];

const HASHES: [&str; 4] =
    ["interface_policy", "policy_bank", "signed_header_fields", "current_policy_bank"];

const FUNCTIONS: [&str; 7] = [
    "dkim_key",
    "include_config_files",
    "include_optional_config_files",
    "read_config_file",
    "do",
    "require",
    "eval",
];

/// Whether the variable is a setting that waxseal has.
pub(super) fn concerns_dkim(sigil: Sigil, name: &str) -> bool {
    match sigil {
        Sigil::Scalar => SCALARS.contains(&name),
        Sigil::Array | Sigil::LastIndex => ARRAYS.contains(&name),
        Sigil::Hash => HASHES.contains(&name),
        Sigil::Code => acts_on_dkim(name),
    }
}

/// Whether the function declares keys or reads more configuration.
pub(super) fn acts_on_dkim(function: &str) -> bool {
    FUNCTIONS.contains(&function)
}

/// The setting of a bank that is nearest to an unknown one.
pub(super) fn near_bank_setting(name: &str) -> Option<&'static str> {
    let sigils = [Sigil::Scalar, Sigil::Array, Sigil::Hash];
    let near = sigils.into_iter().find_map(|sigil| near_setting(sigil, name));
    near.filter(|near| *near != name)
}

/// The function that is nearest to an unknown one.
pub(super) fn near_function(name: &str) -> Option<&'static str> {
    let near = |known: &&&str| {
        known.len() > 7 && name != **known && strsim::damerau_levenshtein(name, known) <= 2
    };
    FUNCTIONS.iter().find(near).copied()
}

/// The variable that is nearest to an unknown one, for a name with a slip of the pen.
pub(super) fn near_setting(sigil: Sigil, name: &str) -> Option<&'static str> {
    let known: &[&'static str] = match sigil {
        Sigil::Scalar => &SCALARS,
        Sigil::Array => &ARRAYS,
        Sigil::Hash => &HASHES,
        Sigil::Code | Sigil::LastIndex => return None,
    };
    let near = |known: &&&str| strsim::damerau_levenshtein(name, known) <= 2 && name.len() > 6;
    known.iter().filter(near).min_by_key(|known| strsim::damerau_levenshtein(name, known)).copied()
}
