//! Printing that a closed pipe (`querypose … | head`) does not turn into a panic.

/// `println!` that fails silently.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
/// `say!` without the end of the line.
macro_rules! say_on {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = write!(std::io::stdout(), $($text)*);
    }};
}
