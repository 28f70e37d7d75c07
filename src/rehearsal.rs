//! A small network of the steps that the shipped one has, with made-up numbers. The page runs it while the weights are on their
//! way: browsers translate code that is run often once more, into faster one, and the first picture would have to wait for that.

use crate::config::Config;
use crate::detect::Model;
use crate::error::{Error, ErrorKind};
use crate::weights::Weights;

/// The network; a picture costs a twentieth of one of the shipped one.
///
/// Errors: none, unless its configuration is broken.
pub fn model() -> Result<Model, Error> {
    let config = Config::from_json(include_str!("rehearsal.json"), "rehearsal.json")
        .map_err(|e| Error::new(ErrorKind::Internal, e))?;
    let mut zeros = Weights::generated("made up", |_, shape| Some(vec![0.0; shape.iter().product()]));
    zeros.for_one_engine = true;
    Model::from_weights(&config, &zeros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Options;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_of_step_of_the_shipped_network_is_rehearsed() {
        let steps = |model: &Model, people: usize| {
            let geometry = model.geometry((96, 96), None);
            let tape = model.record(&geometry, &Options::new(model.config())).unwrap();
            let names: BTreeSet<&str> = tape.steps.iter().map(|step| step.op.name()).collect();
            (names, tape.macs(people).values().sum::<u64>())
        };
        let text = include_str!("../www/models/nano/config.json");
        let config = Config::from_json(text, "config.json").unwrap();
        let zeros = Weights::generated("made up", |_, shape| Some(vec![0.0; shape.iter().product()]));
        let (shipped, work) = steps(&Model::from_weights(&config, &zeros).unwrap(), 1);
        let (rehearsed, little) = steps(&model().unwrap(), 1);
        assert_eq!(rehearsed, shipped);
        assert!(little * 20 < work, "{little} of {work}");
    }
}
