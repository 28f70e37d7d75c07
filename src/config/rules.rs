//! Ranges of a configuration's numbers, in sentences that name the field.

/// A number in its range.
pub fn within(field: &str, value: usize, lowest: usize, highest: usize) -> Result<(), String> {
    if (lowest..=highest).contains(&value) {
        Ok(())
    } else {
        Err(format!("{field} is {value}; it must lie between {lowest} and {highest}"))
    }
}

/// So many numbers, each from 1 on.
pub fn list(field: &str, values: &[usize], entries: usize, highest: usize) -> Result<(), String> {
    if values.len() != entries {
        return Err(format!("{field} holds {} numbers instead of {entries}", values.len()));
    }
    values.iter().enumerate().try_for_each(|(i, &v)| within(&format!("{field}[{i}]"), v, 1, highest))
}
