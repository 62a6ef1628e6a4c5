//! JSON for whoever reads it, a terminal too: what a terminal could obey stands as `\\u009b` in it, and is what it was
//! once the JSON is read.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::model::text::{is_dangerous, is_plain};

/// Writes one value on a line, without its end.
pub fn line(out: &mut (impl Write + ?Sized), value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Safe(CompactFormatter)))?)
}

/// Writes one value laid out for people, and the end of its last line.
pub fn pretty(out: &mut (impl Write + ?Sized), value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Lays out as the one within, and escapes more in texts.
struct Safe<F>(F);

/// What is laid out as the one within does.
macro_rules! as_within {
    ($($name:ident($($argument:ident: $kind:ty),*)),* $(,)?) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.0.$name(out $(, $argument)*)
        })*
    };
}

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if is_plain(fragment) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, found)) = rest.char_indices().find(|&(_, c)| is_dangerous(c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in found.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + found.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    as_within! {
        begin_array(), end_array(), begin_array_value(first: bool), end_array_value(),
        begin_object(), end_object(), begin_object_key(first: bool), end_object_key(),
        begin_object_value(), end_object_value(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn written(value: &Value) -> [String; 2] {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        line(&mut short, value).unwrap();
        pretty(&mut long, value).unwrap();
        [short, long].map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn what_a_terminal_could_obey_is_escaped() {
        let value =
            json!({"a\u{202e}": ["\u{1b}[31m\u{9b}\u{7f}", "日本 \u{e0041}"], "b": [], "c": {}, "d": [1, null]});
        let [short, long] = written(&value);
        assert!(short.contains(r"\u001b[31m\u009b\u007f") && short.contains(r"日本 \udb40\udc41"), "{short}");
        assert!(short.contains(r"a\u202e") && !short.contains('\n'), "{short}");
        assert!(!long.chars().any(|c| is_dangerous(c) && c != '\n'), "{long}");
        // Laid out as ever.
        let plain = json!({"b": [], "c": {}, "d": [1, {"e": null}]});
        assert_eq!(written(&plain), [plain.to_string(), format!("{plain:#}\n")]);
    }

    proptest! {
        #[test]
        fn it_is_read_as_what_it_was(text in any::<String>()) {
            for json in written(&json!({ "text": text, &text: [text] })) {
                prop_assert!(!json.chars().any(|c| is_dangerous(c) && c != '\n'));
                prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), json!({ "text": text, &text: [text] }));
            }
        }
    }
}
