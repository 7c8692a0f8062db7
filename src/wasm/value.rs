//! Reading JavaScript values that anyone may have made: a getter or a proxy may throw, and an
//! exception passing through Rust frames would leave their work undone. And writing one.

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use serde::Serialize;
#[cfg(feature = "npm")]
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use super::error::error;
use super::json;

#[wasm_bindgen]
extern "C" {
    /// Throws for a revoked proxy, which `js_sys::Array::is_array` does not expect.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// The property of that name; `None` where it is missing, null, or cannot be had.
pub(super) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_null() && !value.is_undefined()).then_some(value)
}

/// The items of an array; `None` where it is none.
pub(super) fn items(value: &JsValue) -> Option<Vec<JsValue>> {
    if !is_array(value).ok()? {
        return None;
    }
    let length = whole_number(&property(value, "length")?)?;
    let length = u32::try_from(length).ok()?;
    // Nothing is reserved: the length of an array says nothing about what is in it.
    let mut items = Vec::new();
    for index in 0..length {
        let item = Reflect::get_u32(value, index).ok()?;
        if item.is_undefined() {
            return None;
        }
        items.push(item);
    }
    Some(items)
}

/// The octets of a `Uint8Array`, `Buffer` included; `None` where it is none.
pub(super) fn octets(value: &JsValue, most: u32) -> Option<Octets> {
    let array = uint8_array(value)?;
    if array.length() > most {
        return Some(Octets::TooMany);
    }
    Some(Octets::All(array.to_vec()))
}

/// What [`octets`] found.
pub(super) enum Octets {
    /// All of them.
    All(Vec<u8>),
    /// More than was asked for.
    TooMany,
}

/// How much of a chunk is copied into the module's memory at a time, in octets: the memory never
/// shrinks, so a chunk's size must not decide how much of it there is.
const PIECE: u32 = 64 * 1024;

/// Hands the octets of a chunk on, piece by piece.
pub(super) fn pieces(chunk: &Uint8Array, sink: &mut dyn FnMut(&[u8])) {
    let (buffer, start, length) = (chunk.buffer(), chunk.byte_offset(), chunk.length());
    let mut piece = Vec::new();
    let mut taken = 0_u32;
    while taken < length {
        let size = length.saturating_sub(taken).min(PIECE);
        let at = start.saturating_add(taken);
        let view = Uint8Array::new_with_byte_offset_and_length(&buffer, at, size);
        piece.resize(usize::try_from(size).unwrap_or(0), 0);
        view.copy_to(&mut piece);
        sink(&piece);
        taken = taken.saturating_add(size);
    }
}

/// A report as the JSON text that serde_json writes.
pub(super) fn to_json(report: &impl Serialize) -> Result<JsValue, JsValue> {
    match json::to_text(report) {
        Ok(text) => Ok(text.into()),
        Err(why) => Err(error("internal", &why.to_string())),
    }
}

/// An array of texts. (Of objects it would take 3 KB more of the module than JSON does.)
#[cfg(feature = "npm")]
pub(super) fn to_array<T: Serialize>(texts: &[T]) -> Result<JsValue, JsValue> {
    Ok(texts.serialize(&Serializer::json_compatible())?)
}

fn uint8_array(value: &JsValue) -> Option<Uint8Array> {
    if let Some(array) = value.dyn_ref::<Uint8Array>() {
        return Some(array.clone());
    }
    // One that was made in another realm (a frame, node:vm, a test runner) is no instance of this
    // realm's class.
    if !ArrayBuffer::is_view(value) {
        return None;
    }
    if property(value, "BYTES_PER_ELEMENT")?.as_f64() != Some(1.0) {
        return None;
    }
    let offset = u32::try_from(whole_number(&property(value, "byteOffset")?)?).ok()?;
    let length = u32::try_from(whole_number(&property(value, "byteLength")?)?).ok()?;
    let buffer = property(value, "buffer")?;
    Some(Uint8Array::new_with_byte_offset_and_length(&buffer, offset, length))
}

/// The number, if it is a whole one of 0 to 2^53-1.
pub(super) fn whole_number(value: &JsValue) -> Option<u64> {
    const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
    let number = value.as_f64()?;
    if !(0.0..=MAX_SAFE_INTEGER).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    #[expect(
        clippy::as_conversions,
        reason = "exact: the number is whole and within 2^53, and From does not exist"
    )]
    Some(number as u64)
}
