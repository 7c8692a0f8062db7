//! Fields that say how the body is to be read.

use super::Alternatives;
use super::slots::Slot;
use crate::diagnose::hypothesis::Hypothesis::{Boundary, ContentFields, WrappedInMultipart};
use crate::diagnose::mime::{boundary, field};
use crate::diagnose::text::replace;

pub(super) fn add(slot: &Slot, found: &mut Alternatives<'_>) {
    let name = slot.name().to_ascii_lowercase();
    if !name.starts_with("content-") {
        return;
    }
    // What was wrapped has its fields at the first part.
    let context = found.context;
    if let Some(header) = context.inner {
        let inner = field(header, format!("{name}:").as_bytes());
        if inner.is_empty() {
            found.add(WrappedInMultipart, true, None);
        } else {
            found.value(WrappedInMultipart, true, &inner);
        }
    }
    let value = slot.value();
    let named = boundary(value);
    if let (Some(named), Some(actual)) = (named, context.boundary) {
        found.value(Boundary, true, &replace(value, &named, actual));
    }
    if value.is_empty() {
        return;
    }
    found.value(ContentFields, false, &value.to_ascii_lowercase());
    // Every choice of parameters that stand in quotes, of the first few.
    for quoted in std::iter::once(None).chain((0..16).map(Some)) {
        for upper in [None, Some(true), Some(false)] {
            for separator in [&b"; "[..], b";"] {
                found.value(ContentFields, false, &written(value, quoted, upper, separator));
            }
        }
    }
    // Parameters that some add, and some leave out.
    let parameters: Vec<&[u8]> =
        value.split(|octet| *octet == b';').map(<[u8]>::trim_ascii).collect();
    for left_out in 1..parameters.len().min(6) {
        let kept = parameters.iter().enumerate().filter(|(at, _)| *at != left_out);
        let kept: Vec<&[u8]> = kept.map(|(_, parameter)| *parameter).collect();
        found.value(ContentFields, false, &kept.join(&b"; "[..]));
    }
}

/// The value with those of its parameters in quotes whose bit is set, and the charset in upper or lower
/// case.
fn written(value: &[u8], quoted: Option<u8>, upper: Option<bool>, separator: &[u8]) -> Vec<u8> {
    let parameters = value.split(|octet| *octet == b';').enumerate().map(|(at, parameter)| {
        let bit = u32::try_from(at).ok().and_then(|at| 1_u8.checked_shl(at.saturating_sub(1)));
        let parameter = parameter.trim_ascii();
        let Some(sign) = memchr::memchr(b'=', parameter) else { return parameter.to_vec() };
        let (name, value) = parameter.split_at_checked(sign).unwrap_or((parameter, &[]));
        let value = value.strip_prefix(b"=").unwrap_or(value);
        let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        let is_charset = name.eq_ignore_ascii_case(b"charset");
        let text = match upper {
            Some(true) if is_charset => bare.unwrap_or(value).to_ascii_uppercase(),
            Some(false) if is_charset => bare.unwrap_or(value).to_ascii_lowercase(),
            _ => bare.unwrap_or(value).to_vec(),
        };
        let is_quoted = quoted.zip(bit).map_or(bare.is_some(), |(quoted, bit)| quoted & bit != 0);
        match is_quoted {
            true => [name, b"=\"", &text, b"\""].concat(),
            false => [name, b"=", &text].concat(),
        }
    });
    parameters.collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn parameters_are_written_in_every_manner() {
        let value = b"text/plain; charset=utf-8;format=\"flowed\"";
        for (quoted, upper, expected) in [
            (None, None, "text/plain; charset=utf-8; format=\"flowed\""),
            (Some(2), None, "text/plain; charset=utf-8; format=\"flowed\""),
            (Some(3), Some(true), "text/plain; charset=\"UTF-8\"; format=\"flowed\""),
            (Some(0), Some(false), "text/plain; charset=utf-8; format=flowed"),
        ] {
            assert_eq!(written(value, quoted, upper, b"; "), expected.as_bytes());
        }
    }
}
