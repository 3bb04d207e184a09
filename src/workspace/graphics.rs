//! Who draws the viewports (F15): the card's shaders only once they have proved to draw what the CPU renderer draws.

/// What is known about the graphics card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Graphics {
    /// Its test has not ended: the processor draws.
    #[default]
    Testing,
    /// There is none, or the processor plays one: it is faster without playing.
    Software,
    /// It passed its test and draws.
    Card,
    /// It failed, in words: the processor draws.
    Failed(String),
}

impl Graphics {
    /// Whether the card's shaders draw the viewports.
    pub fn is_card(&self) -> bool {
        *self == Self::Card
    }
}
