//! One JSON value as devices.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::intake::fold::fold;
use crate::intake::header::{self, Role};
use crate::intake::hwid;
use crate::intake::out::{Out, Step};
use crate::intake::record::Record;
use crate::intake::scan::{self, Spot, Trust, What};
use crate::intake::text::piece;

/// Values deeper than this are not looked into.
const DEPTH: usize = 4;

/// Whether the key says something of the object that it stands in: an id, a name, or the object's network adapters.
pub(super) fn belongs(key: &str) -> bool {
    header::role(key).is_some() || is_adapters(key)
}

/// `network_info`, `interfaces`, `nics`: what an object with one MAC for each adapter calls them.
fn is_adapters(key: &str) -> bool {
    const WORDS: [&str; 18] = [
        "network",
        "networks",
        "interface",
        "interfaces",
        "nic",
        "nics",
        "adapter",
        "adapters",
        "mac",
        "macs",
        "net",
        "ethernet",
        "wifi",
        "wlan",
        "wireless",
        "lan",
        "addresses",
        "hardware",
    ];
    !header::is_foreign(key) && header::words(key).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether the key is a MAC, or meant as one: its value tells of the device. Twelve digits that begin as a date does are
/// a time.
pub(super) fn is_id(key: &str) -> bool {
    let bytes = key.trim().as_bytes();
    let near = |text: &[u8]| {
        let all = |spot: Spot| matches!(spot.what, What::Near(_)) && spot.start == 0 && spot.end == text.len();
        let mut near = false;
        let _ = scan::scan(text, Trust::Cell, &mut |spot| {
            near = all(spot);
            ControlFlow::Break(())
        });
        near
    };
    match scan::whole(&fold(bytes)) {
        Some(What::Mac { bare: Some(_), .. }) => !bytes.starts_with(b"20") || !bytes.iter().all(u8::is_ascii_digit),
        Some(_) => true,
        None => near(&fold(bytes)),
    }
}

/// Whether devices stand in the object by their MACs.
fn has_ids(object: &Map<String, Value>) -> bool {
    object.keys().any(|key| is_id(key))
}

/// Whether the object has an id of its own, in a field or in its adapters'.
pub(super) fn is_device(object: &Map<String, Value>) -> bool {
    let mut record = Record::default();
    fields(object, &mut record);
    record.is_device()
}

/// Whether the value is an id or an object that has one.
pub(super) fn is_device_value(value: &Value) -> bool {
    match value {
        Value::String(text) => scan::whole(&fold(text.as_bytes())).is_some() || hwid::after_prefix(text).is_some(),
        Value::Object(object) => is_device(object) || has_ids(object),
        _ => false,
    }
}

/// Hands over what the value holds.
pub(super) fn element(value: &Value, line: u32, depth: usize, out: &mut Out) -> Step {
    match value {
        Value::Null => Ok(()),
        Value::String(text) => {
            let found = out.count;
            piece(text.as_bytes(), line, out)?;
            if out.count == found && !hwid::is_nothing(text.trim()) {
                out.unreadable(line, text.as_bytes(), "no MAC")
            } else {
                Ok(())
            }
        }
        Value::Array(values) if depth < DEPTH => {
            values.iter().try_for_each(|value| element(value, line, depth + 1, out))
        }
        Value::Object(object) => self::object(object, Of::Itself, line, depth, out),
        other => out.unreadable(line, other.to_string().as_bytes(), "no MAC and no hardware id"),
    }
}

/// What an object tells of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of<'a> {
    /// A device, or those in it.
    Itself,
    /// The device that this key names.
    Key(&'a str),
    /// What stands beside devices that were named by their keys: it need not be a device.
    Beside,
}

/// Hands over the device whose MAC is the key: a text is its name, an object its fields.
pub(super) fn keyed(key: &str, value: &Value, line: u32, depth: usize, out: &mut Out) -> Step {
    let of = Of::Key(key);
    match value {
        Value::Object(object) => self::object(object, of, line, depth, out),
        Value::String(name) => {
            let object = Map::from_iter([("host".to_owned(), name.as_str().into())]);
            self::object(&object, of, line, depth, out)
        }
        Value::Array(values) => {
            // Those in a list that have an id are devices of their own, as a switch's clients are.
            let (devices, own): (Vec<&Value>, Vec<&Value>) = values.iter().partition(|value| is_device_value(value));
            keyed(key, own.first().unwrap_or(&&Value::Null), line, depth, out)?;
            let devices = devices.into_iter().filter(|_| depth < DEPTH);
            devices.into_iter().try_for_each(|value| element(value, line, depth + 1, out))
        }
        _ => self::object(&Map::new(), of, line, depth, out),
    }
}

/// Hands over what stands in an object beside devices that were named by their keys.
pub(super) fn beside(object: &Map<String, Value>, line: u32, out: &mut Out) -> Step {
    self::object(object, Of::Beside, line, 0, out)
}

/// Hands over the devices that stand in an object beside a list of devices. Its other texts tell of the list: a page's
/// token may look like a MAC.
pub(super) fn devices_beside(object: &Map<String, Value>, line: u32, out: &mut Out) -> Step {
    let below = object.iter().filter(|(key, _)| !header::is_foreign(key)).flat_map(|(_, value)| nested(value));
    below.filter(|value| holds_device(value, DEPTH)).try_for_each(|value| element(value, line, 1, out))
}

fn object(object: &Map<String, Value>, of: Of, line: u32, depth: usize, out: &mut Out) -> Step {
    let (named, rest): (Vec<_>, Vec<_>) = object.iter().partition(|(key, _)| is_id(key));
    let of = if of == Of::Itself && !named.is_empty() { Of::Beside } else { of };
    let mut record = Record::default();
    if let Of::Key(key) = of {
        record.cell(Role::Mac, key.into());
    }
    fields(object, &mut record);
    let device = record.is_device();
    // Objects in arrays below are devices themselves, as a switch's clients are.
    let is_below = |key: &str, value: &Value| {
        let list = value.as_object().is_some_and(has_ids);
        !(belongs(key) || device && header::is_foreign(key)) || (!device && list)
    };
    let below: Vec<&Value> =
        rest.iter().filter(|(key, value)| is_below(key, value)).flat_map(|(_, value)| nested(value)).collect();
    if device || matches!(of, Of::Key(_)) {
        let whole = if device { Vec::new() } else { serde_json::to_vec(object).unwrap_or_default() };
        record.finish(line, &whole, &[], "object", out)?;
        let devices = below.into_iter().filter(|value| depth < DEPTH && is_device_value(value));
        devices.into_iter().try_for_each(|value| element(value, line, depth + 1, out))?;
    } else if depth < DEPTH && !below.is_empty() {
        let devices = below.into_iter().filter(|value| of == Of::Itself || holds_device(value, DEPTH));
        devices.into_iter().try_for_each(|value| element(value, line, depth + 1, out))?;
    } else {
        let whole = if of == Of::Itself { serde_json::to_vec(object).unwrap_or_default() } else { Vec::new() };
        let mut texts = Vec::new();
        let is_mac = |value: &Value| value.as_str().is_some_and(|text| scan::is_written(&fold(text.as_bytes())));
        let number = |key: &str, value: &Value| header::is_other_number(key) && !is_mac(value);
        let own = rest.iter().filter(|(key, value)| !header::is_foreign(key) && !number(key, value));
        own.for_each(|(_, value)| strings(value, DEPTH, &mut texts));
        record.finish(line, &whole, &texts, "object", out)?;
    }
    named.into_iter().try_for_each(|(key, value)| keyed(key, value, line, depth + 1, out))
}

/// Whether a device is in the value, at any depth that is looked into.
fn holds_device(value: &Value, depth: usize) -> bool {
    let inside = |value: &Value| depth > 0 && holds_device(value, depth - 1);
    is_device_value(value)
        || match value {
            Value::Object(object) => object.values().any(inside),
            Value::Array(values) => values.iter().any(inside),
            _ => false,
        }
}

/// Objects in the value, if it is an object or an array of them.
fn nested(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(_) => vec![value],
        Value::Array(values) => values.iter().filter(|value| value.is_object()).collect(),
        _ => Vec::new(),
    }
}

fn strings<'a>(value: &'a Value, depth: usize, into: &mut Vec<&'a [u8]>) {
    match value {
        Value::String(text) => into.push(text.as_bytes()),
        Value::Array(values) if depth > 0 => values.iter().for_each(|value| strings(value, depth - 1, into)),
        Value::Object(object) if depth > 0 => object.values().for_each(|value| strings(value, depth - 1, into)),
        _ => {}
    }
}

/// Takes the object's fields by their keys.
fn fields<'a>(object: &'a Map<String, Value>, record: &mut Record<'a>) {
    for (key, value) in object {
        match header::role(key) {
            Some(role) => field(role, value, record),
            None if is_adapters(key) => adapters(value, record),
            None => {}
        }
    }
    // Adapters may stand by their MACs; without a device around them they are devices themselves.
    if record.is_device() || record.is_named() {
        let lists = object.iter().filter(|(key, _)| header::role(key).is_none() && is_adapters(key));
        for key in lists.filter_map(|(_, value)| value.as_object()).flat_map(Map::keys) {
            adapter(key, record);
        }
    }
}

fn field<'a>(role: Role, value: &'a Value, record: &mut Record<'a>) {
    match value {
        Value::String(text) => record.cell(role, text.as_str().into()),
        Value::Number(number) => record.number(role, number),
        Value::Array(values) => values.iter().for_each(|value| field(role, value, record)),
        // `"user": {"name": "anna"}`, `"device": {"hwid": "..."}`
        Value::Object(object) => {
            for (key, value) in object.iter().filter(|(_, value)| value.is_string()) {
                match (role, header::role(key)) {
                    (Role::User, Some(Role::Host | Role::User)) => field(Role::User, value, record),
                    (_, Some(role)) => field(role, value, record),
                    (Role::Mac, None) => field(Role::Mac, value, record),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The MACs of the object's adapters.
fn adapters(value: &Value, record: &mut Record) {
    match value {
        Value::String(text) => adapter(text, record),
        Value::Array(values) => values.iter().for_each(|value| adapters(value, record)),
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text)
                        if header::role(key) == Some(Role::Mac) || header::words(key) == ["address"] =>
                    {
                        adapter(text, record);
                    }
                    Value::Object(_) if is_adapters(key) => adapters(value, record),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn adapter(text: &str, record: &mut Record) {
    if let Some(What::Mac { mac, .. }) = scan::whole(&fold(text.as_bytes())) {
        record.mac(mac, text.as_bytes());
    }
}
