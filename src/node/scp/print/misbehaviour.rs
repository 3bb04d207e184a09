//! What the virtual printer can be told to do wrong, as words: `no-paper`, `slow=5`, `abort@print`, `refuse@film-box=0106`.

use std::str::FromStr;
use std::time::Duration;

/// A step of a print job, as the printer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    PrinterStatus,
    PresentationLut,
    FilmSession,
    FilmBox,
    ImageBox,
    AnnotationBox,
    Print,
    Delete,
    Other,
}

/// When something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the n-th request of an association, from 1.
    Number(u32),
    /// At every such step.
    Step(Step),
}

/// What goes wrong there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// A-ABORT instead of an answer.
    Abort,
    /// No answer ever.
    Silent,
    /// The connection is closed after the answer.
    Close,
    /// This status.
    Refuse(u16),
    /// The printer fails here and reports it before it answers.
    Break,
    /// The printer reports that film runs low before it answers.
    Warn,
    /// The answer comes without its data set.
    NoDataSet,
}

/// One thing that the printer does wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Misbehaviour(Kind);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// The printer's state from the start: status and info.
    State(&'static str, &'static str),
    /// Time before a print command is answered.
    Slow(Duration),
    At(At, Fault),
}

/// Words that name no misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is none of warning, failure, no-paper, slow=SECONDS, abort@STEP, silent@STEP, close@STEP, refuse@STEP=STATUS, \
     break@STEP, warn@STEP, no-data-set@STEP; a STEP is a number or printer-status, presentation-lut, film-session, film-box, \
     image-box, annotation-box, print, delete"
)]
pub struct InvalidMisbehaviour(String);

impl FromStr for Misbehaviour {
    type Err = InvalidMisbehaviour;

    fn from_str(text: &str) -> Result<Self, InvalidMisbehaviour> {
        let read = || {
            Some(match text {
                "warning" => Kind::State("WARNING", "SUPPLY LOW"),
                "failure" => Kind::State("FAILURE", "CHECK PRINTER"),
                "no-paper" => Kind::State("FAILURE", "SUPPLY EMPTY"),
                _ => match (text.split_once('='), text.split_once('@')) {
                    (Some(("slow", seconds)), None) => {
                        let seconds: f64 = seconds.parse().ok()?;
                        Kind::Slow(Duration::try_from_secs_f64(seconds).ok()?)
                    }
                    (_, Some((fault, place))) => at(fault, place)?,
                    _ => return None,
                },
            })
        };
        read()
            .map(Self)
            .ok_or_else(|| InvalidMisbehaviour(text.chars().take(60).collect()))
    }
}

fn at(fault: &str, place: &str) -> Option<Kind> {
    let (place, status) = match place.split_once('=') {
        Some((place, status)) => (place, Some(u16::from_str_radix(status, 16).ok()?)),
        None => (place, None),
    };
    let at = match place {
        "printer-status" => At::Step(Step::PrinterStatus),
        "presentation-lut" => At::Step(Step::PresentationLut),
        "film-session" => At::Step(Step::FilmSession),
        "film-box" => At::Step(Step::FilmBox),
        "image-box" => At::Step(Step::ImageBox),
        "annotation-box" => At::Step(Step::AnnotationBox),
        "print" => At::Step(Step::Print),
        "delete" => At::Step(Step::Delete),
        number => At::Number(number.parse().ok()?),
    };
    let fault = match (fault, status) {
        ("abort", None) => Fault::Abort,
        ("silent", None) => Fault::Silent,
        ("close", None) => Fault::Close,
        ("break", None) => Fault::Break,
        ("warn", None) => Fault::Warn,
        ("no-data-set", None) => Fault::NoDataSet,
        ("refuse", Some(status)) => Fault::Refuse(status),
        _ => return None,
    };
    Some(Kind::At(at, fault))
}

/// The printer's state at the start.
pub(super) fn state(misbehaviours: &[Misbehaviour]) -> (&'static str, &'static str) {
    let told = misbehaviours.iter().find_map(|m| match m.0 {
        Kind::State(status, info) => Some((status, info)),
        _ => None,
    });
    told.unwrap_or(("NORMAL", "NORMAL"))
}

/// Time that a print command takes.
pub(super) fn print_time(misbehaviours: &[Misbehaviour]) -> Duration {
    let told = misbehaviours.iter().find_map(|m| match m.0 {
        Kind::Slow(time) => Some(time),
        _ => None,
    });
    told.unwrap_or_default()
}

/// What goes wrong at the `number`-th request, which is this step.
pub(super) fn fault(misbehaviours: &[Misbehaviour], number: u32, step: Step) -> Option<Fault> {
    misbehaviours.iter().find_map(|m| match m.0 {
        Kind::At(At::Number(n), fault) if n == number => Some(fault),
        Kind::At(At::Step(s), fault) if s == step => Some(fault),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misbehaviours_are_read_from_words() {
        let all = ["no-paper", "slow=0.5", "refuse@film-box=0106", "abort@3"]
            .map(|text| text.parse::<Misbehaviour>().expect(text));
        assert_eq!(state(&all), ("FAILURE", "SUPPLY EMPTY"));
        assert_eq!(print_time(&all), Duration::from_millis(500));
        assert_eq!(fault(&all, 1, Step::FilmBox), Some(Fault::Refuse(0x0106)));
        assert_eq!(fault(&all, 3, Step::Print), Some(Fault::Abort));
        assert_eq!(fault(&all, 2, Step::Print), None);
        for nonsense in [
            "",
            "rude",
            "slow=x",
            "slow=-1",
            "abort",
            "abort@noon",
            "refuse@print",
        ] {
            assert!(nonsense.parse::<Misbehaviour>().is_err(), "{nonsense}");
        }
    }
}
