//! How a subcommand ends that did not do all it was asked for.

/// Why a subcommand did not do all it was asked for, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The command line makes no sense: exit code 2.
    Usage(String),
    /// Something could not be done: exit code 1.
    Failed(String),
    /// Nobody reads on (`querypose … | head`): no fault of anybody's, but there is nothing left to do.
    Unheard,
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Failure::Failed(sentence)
    }
}
