//! Printing that a closed pipe (`querypose … | head`) does not turn into a panic, and that the name of a file does not turn into
//! orders for the terminal.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// `println!` that goes on whatever happens; [`lost`] tells.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write;
        crate::say::note(writeln!(std::io::stdout(), $($text)*));
    }};
}
/// `say!` without the end of the line.
macro_rules! say_on {
    ($($text:tt)*) => {{
        use std::io::Write;
        crate::say::note(write!(std::io::stdout(), $($text)*));
    }};
}
/// A sentence on stderr.
macro_rules! tell {
    ($($text:tt)*) => {
        aside!("querypose: {}", format_args!($($text)*))
    };
}
/// Something besides on stderr, of which nobody need know that it did not arrive.
macro_rules! aside {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "{}", crate::say::plain(&format!($($text)*)));
    }};
}

/// The first fault of stdout.
static LOST: Mutex<Option<io::Error>> = Mutex::new(None);

/// Notes what became of something that was printed.
pub fn note(printed: io::Result<()>) {
    if let Err(e) = printed {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(e);
    }
}

/// Why something that was printed did not arrive, if so.
pub fn lost() -> Option<io::Error> {
    // What has no end of a line yet still waits.
    note(io::stdout().flush());
    LOST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The text with control characters, but for ends of lines, as `\u{1b}`: a terminal may not take them for orders.
pub fn plain(text: &str) -> Cow<'_, str> {
    let is_order = |c: char| c.is_control() && c != '\n';
    if !text.contains(is_order) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_order(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect())
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn orders_become_text() {
        assert_eq!(plain("a\u{1b}[31mb\nc é"), "a\\u{1b}[31mb\nc é");
        assert_eq!(plain("\u{9b}\r"), "\\u{9b}\\u{d}");
    }
}
