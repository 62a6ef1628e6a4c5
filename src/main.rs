//! Arguments to one mode, and its exit code.

fn main() {}
