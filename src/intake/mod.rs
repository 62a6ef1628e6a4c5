//! Bytes to devices: encodings, tables, ids in any text.
