//! JSON: an array or a stream of strings or objects, or an object with such arrays in it, and NDJSON.

mod record;

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer as Json, Map, Value};

use super::input::{Input, broken};
use super::out::{Out, Step, Stop};
use super::text;

/// How JSON stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One value after the other, over as many lines as they like.
    Values,
    /// One value a line.
    Lines,
}

/// The shape of the text that begins with `sample`, if it is JSON; `whole` where the sample is all of it.
pub(super) fn shape(sample: &[u8], whole: bool) -> Option<Shape> {
    let text = sample.trim_ascii_start();
    if !matches!(text.first(), Some(b'[' | b'{')) {
        return None;
    }
    let first_line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let rest = text[first_line.len()..].trim_ascii_start();
    if serde_json::from_slice::<IgnoredAny>(first_line).is_ok() {
        return if rest.is_empty() || matches!(rest.first(), Some(b'[' | b'{')) { Some(Shape::Lines) } else { None };
    }
    let mut values = Json::from_slice(text).into_iter::<IgnoredAny>();
    match values.next()? {
        Ok(_) => values
            .all(|value| value.is_ok() || (!whole && value.is_err_and(|error| error.is_eof())))
            .then_some(Shape::Values),
        Err(error) => (error.is_eof() && !whole).then_some(Shape::Values),
    }
}

/// Reads JSON to its end. Where it breaks off, the rest is read as text.
pub(super) fn read(input: Input, name: &str, shape: Shape, out: &mut Out) -> Step {
    match shape {
        Shape::Lines => lines(BufReader::new(input.into_reader()), name, out),
        Shape::Values => values(input, name, out),
    }
}

fn lines(mut reader: impl BufRead, name: &str, out: &mut Out) -> Step {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(|error| Stop::Failed(broken(name, &error)))? == 0 {
            return Ok(());
        }
        number += 1;
        let value = line.trim_ascii();
        if value.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Value>(super::fold::decode(value).as_bytes()) {
            Ok(value) => record::element(&value, number, 0, out)?,
            Err(error) => {
                let found = out.count;
                text::piece(value, number, out)?;
                if out.count == found {
                    out.unreadable(number, value, &format!("not valid JSON ({})", words(&error)))?;
                }
            }
        }
    }
}

/// The error without its place, which would be counted from the value's beginning.
fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

fn values(input: Input, name: &str, out: &mut Out) -> Step {
    let line = Rc::new(Cell::new(1));
    let mut reader = Lines { inner: BufReader::new(input.into_reader()), line: Rc::clone(&line) };
    let broke = {
        let mut json = Json::from_reader(&mut reader);
        loop {
            let mut stopped = None;
            let top = Top { out: &mut *out, line: &line, stopped: &mut stopped };
            let result = top.deserialize(&mut json);
            if let Some(stop) = stopped {
                return Err(stop);
            }
            if let Err(error) = result {
                break error;
            }
            if json.end().is_ok() {
                return Ok(());
            }
        }
    };
    if broke.is_io() {
        return Err(Stop::Failed(broken(name, &io::Error::from(broke))));
    }
    let at = line.get();
    out.unreadable(at, b"", &format!("the JSON breaks off here ({}); the rest is read as text", words(&broke)))?;
    let manner = text::Manner { mode: out.mode, list: false, notes: false, skip: 0 };
    text::read(&mut reader.inner, name, manner, at - 1, out)
}

/// Counts lines.
struct Lines<R> {
    inner: R,
    line: Rc<Cell<u32>>,
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let breaks = memchr::memchr_iter(b'\n', &buffer[..read]).count() as u32;
        self.line.set(self.line.get() + breaks);
        Ok(read)
    }
}

/// A value of the stream: an array's elements are taken one by one.
struct Top<'a, 'b, 'c> {
    out: &'a mut Out<'b, 'c>,
    line: &'a Rc<Cell<u32>>,
    stopped: &'a mut Option<Stop>,
}

impl Top<'_, '_, '_> {
    fn element<E: serde::de::Error>(&mut self, value: &Value, line: u32, depth: usize) -> Result<(), E> {
        let step = record::element(value, line, depth, self.out);
        self.go_on(step)
    }

    fn go_on<E: serde::de::Error>(&mut self, step: Step) -> Result<(), E> {
        step.map_err(|stop| {
            *self.stopped = Some(stop);
            E::custom("stopped")
        })
    }
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some((line, value)) = elements.next_element_seed(Placed(self.line))? {
            self.element(&value, line, 0)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        let begins = self.line.get();
        let mut object = Map::new();
        let (mut streamed, mut keyed) = (false, false);
        while let Some(key) = entries.next_key::<String>()? {
            if record::belongs(&key) {
                object.insert(key, entries.next_value()?);
            } else if record::is_id(&key) {
                keyed = true;
                let (line, value) = entries.next_value_seed(Placed(self.line))?;
                let step = record::keyed(&key, &value, line, 0, self.out);
                self.go_on(step)?;
            } else {
                let device = record::is_device(&object);
                let nested = Nested { top: &mut self, device, streamed: &mut streamed };
                object.insert(key, entries.next_value_seed(nested)?);
            }
        }
        if streamed && !record::is_device(&object) {
            let step = record::devices_beside(&object, begins, self.out);
            return self.go_on(step);
        }
        if keyed {
            let step = record::beside(&object, begins, self.out);
            return self.go_on(step);
        }
        self.element(&Value::Object(object), begins, 0)
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        let line = self.line.get();
        self.element(&Value::String(text.to_owned()), line, 0)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A value with the line in which it begins.
struct Placed<'a>(&'a Rc<Cell<u32>>);

impl<'de> DeserializeSeed<'de> for Placed<'_> {
    type Value = (u32, Value);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(u32, Value), D::Error> {
        let line = self.0.get();
        Ok((line, serde::Deserialize::deserialize(deserializer)?))
    }
}

/// A value in the outermost object that says nothing of the object itself. An array's elements are devices and are
/// taken one by one; where the object is a device, only those that have an id.
struct Nested<'a, 'b, 'c, 'd> {
    top: &'a mut Top<'b, 'c, 'd>,
    device: bool,
    streamed: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Nested<'_, '_, '_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_, '_, '_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        while let Some((line, value)) = elements.next_element_seed(Placed(self.top.line))? {
            if record::is_device_value(&value) || (!self.device && value.is_object()) {
                *self.streamed = true;
                self.top.element(&value, line, 1)?;
            }
        }
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Value, A::Error> {
        serde::Deserialize::deserialize(MapAccessDeserializer::new(entries))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}
