//! What a picture is looked at with: the fields of a JS object → [`Options`].

use crate::config::Config;
use crate::detect::{Options, SIZES};
use crate::error::{Error, ErrorKind};
use crate::model::{Decode, Gates, PartAttention};
use crate::trace;
use crate::track::TrackOptions;
use js_sys::Reflect;
use std::fmt::Display;
use std::ops::RangeInclusive;
use wasm_bindgen::JsValue;

/// Most people that can be asked for; no network proposes more.
const PEOPLE: RangeInclusive<u32> = 1..=1000;

/// Stages one may stop after; whether the network has so many is its own business.
const STAGES: RangeInclusive<u32> = 1..=16;

/// Reads `{ threshold, maxPeople, size, all, taps, timed, stopAfter, gates, attention }`. What is missing is as usual; a
/// `size` of 0 is the model's choice.
///
/// Errors: a field of another type or beyond its range.
pub fn read(given: &JsValue, config: &Config) -> Result<Options, Error> {
    let mut options = Options::new(config);
    let fields = Fields(given);
    if let Some(threshold) = fields.number("threshold")? {
        if !(0.0..=1.0).contains(&threshold) {
            return Err(refused(format!("threshold is {threshold}; it must lie between 0 and 1")));
        }
        options.threshold = threshold as f32;
    }
    if let Some(people) = fields.whole("maxPeople", PEOPLE)? {
        options.max_people = people;
    }
    options.size = fields.edge("size")?;
    if fields.flag("all")? {
        options.decode = Decode::All;
    }
    if fields.flag("taps")? {
        options.wanted = trace::taps(config);
    }
    options.timed = fields.flag("timed")?;
    options.intervention.stop_after = fields.whole("stopAfter", STAGES)?;
    let gates = [("learned", Gates::Learned), ("new", Gates::New), ("old", Gates::Old), ("sum", Gates::Sum)];
    options.intervention.gates = fields.word("gates", &gates)?;
    let attention = [("learned", PartAttention::Learned), ("uniform", PartAttention::Uniform)];
    options.intervention.attention = fields.word("attention", &attention)?;
    Ok(options)
}

/// What a frame of a stream is looked at with, beyond what every picture is.
pub struct Moment {
    /// When it was taken, s.
    pub time_s: f64,
    /// [`TrackOptions::steadiness`].
    pub steadiness: f32,
    /// Largest shortest edge to choose, px.
    pub max_size: Option<usize>,
}

/// Reads `{ timeMs, steadiness, maxSize }` of a frame of a stream.
///
/// Errors: a field of another type, a time that is missing or no finite number, a steadiness or a size beyond its range.
pub fn read_moment(given: &JsValue) -> Result<Moment, Error> {
    let fields = Fields(given);
    let time_ms = fields.number("timeMs")?.filter(|time| time.is_finite());
    let time_ms = time_ms.ok_or_else(|| refused("timeMs is no finite number"))?;
    let steadiness = fields.number("steadiness")?.map_or(TrackOptions::default().steadiness, |given| given as f32);
    if !(0.0..=1.0).contains(&steadiness) {
        return Err(refused(format!("steadiness is {steadiness}; it must lie between 0 and 1")));
    }
    Ok(Moment { time_s: time_ms / 1000.0, steadiness, max_size: fields.edge("maxSize")? })
}

/// Fields of an object from outside.
struct Fields<'a>(&'a JsValue);

impl Fields<'_> {
    /// A field; none if it is not there, `undefined` or `null`.
    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(self.0, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
    }

    fn number(&self, name: &str) -> Result<Option<f64>, Error> {
        let number = |value: JsValue| value.as_f64().ok_or_else(|| refused(format!("{name} is no number")));
        self.get(name).map(number).transpose()
    }

    fn whole(&self, name: &str, range: RangeInclusive<u32>) -> Result<Option<usize>, Error> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        if number.fract() == 0.0 && f64::from(*range.start()) <= number && number <= f64::from(*range.end()) {
            return Ok(Some(number as usize));
        }
        let (least, most) = (range.start(), range.end());
        Err(refused(format!("{name} is {number}; it must be a whole number from {least} to {most}")))
    }

    /// A shortest edge, px; none for 0.
    fn edge(&self, name: &str) -> Result<Option<usize>, Error> {
        if self.number(name)? == Some(0.0) { Ok(None) } else { self.whole(name, SIZES) }
    }

    fn flag(&self, name: &str) -> Result<bool, Error> {
        let flag = |value: JsValue| value.as_bool().ok_or_else(|| refused(format!("{name} is not true or false")));
        self.get(name).map_or(Ok(false), flag)
    }

    /// What a word stands for; the first of them where there is none.
    fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, Error> {
        let given = self.get(name).map(|value| value.as_string().unwrap_or_default());
        let given = given.as_deref().unwrap_or(words[0].0);
        let found = words.iter().find(|(word, _)| *word == given);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            refused(format!("{name} is {given:?}; it must be one of {}", known.join(", ")))
        })
    }
}

fn refused(sentence: impl Display) -> Error {
    Error::new(ErrorKind::BadRequest, sentence)
}
