//! JSON texts from outside.

use serde::Deserialize;

/// Reads a text, also one behind the mark (BOM) that editors on Windows put in front of UTF-8.
///
/// Errors: serde's, with line and column.
pub fn read<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text))
}
