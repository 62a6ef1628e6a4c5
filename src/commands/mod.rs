//! The modes without a terminal.
