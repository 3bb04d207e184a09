//! Graphics and text as a presentation state writes them (PS3.3 C.10.5; presentation.md sections 11 and 12): data only, in the
//! coordinates of their author. `raster/annotation.rs` draws them.

/// What the coordinates of an annotation count (0070,0003), (0070,0004), (0070,0005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnnotationUnits {
    /// Pixels of the untransformed image; 0.0\0.0 is the top left corner of the first one.
    Pixel,
    /// Parts of the displayed area as it is shown, 0.0\0.0 to 1.0\1.0.
    Display,
}

/// Graphic Type (0070,0023).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphicType {
    /// One point.
    Point,
    /// Straight segments.
    Polyline,
    /// A smooth curve through every point.
    Interpolated,
    /// Centre and a point on the circumference.
    Circle,
    /// Ends of the major axis, ends of the minor axis.
    Ellipse,
}

impl GraphicType {
    /// Finds the defined term.
    pub fn from_term(term: &str) -> Option<Self> {
        Some(match term {
            "POINT" => Self::Point,
            "POLYLINE" => Self::Polyline,
            "INTERPOLATED" => Self::Interpolated,
            "CIRCLE" => Self::Circle,
            "ELLIPSE" => Self::Ellipse,
            _ => return None,
        })
    }

    /// Whether a graphic of this type can have so many points.
    pub fn takes(self, points: usize) -> bool {
        match self {
            Self::Point => points == 1,
            Self::Polyline | Self::Interpolated => points >= 2,
            Self::Circle => points == 2,
            Self::Ellipse => points == 4,
        }
    }
}

/// An item of the Graphic Object Sequence (0070,0009).
#[derive(Debug, Clone, PartialEq)]
pub struct Graphic {
    /// What it is.
    pub kind: GraphicType,
    /// What its coordinates count.
    pub units: AnnotationUnits,
    /// Column and row of each point, as many as its type takes.
    pub points: Vec<(f64, f64)>,
    /// Graphic Filled (0070,0024).
    pub filled: bool,
}

impl Graphic {
    /// Whether it has an inside: circles, ellipses, and lines that end where they began.
    pub fn is_closed(&self) -> bool {
        match self.kind {
            GraphicType::Point => false,
            GraphicType::Polyline | GraphicType::Interpolated => {
                self.points.len() > 2 && self.points.first() == self.points.last()
            }
            GraphicType::Circle | GraphicType::Ellipse => true,
        }
    }
}

/// Bounding Box Text Horizontal Justification (0070,0012).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Justification {
    /// At the start of the line.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At its end.
    Right,
}

/// Where a text lies; it runs from the first corner towards the second as they lie on the display.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    /// What its coordinates count.
    pub units: AnnotationUnits,
    /// Bounding Box Top Left Hand Corner (0070,0010).
    pub top_left: (f64, f64),
    /// Bounding Box Bottom Right Hand Corner (0070,0011).
    pub bottom_right: (f64, f64),
    /// How lines lie in it.
    pub justification: Justification,
}

/// What a text points at (0070,0014).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    /// What its coordinates count.
    pub units: AnnotationUnits,
    /// Column and row.
    pub point: (f64, f64),
    /// Anchor Point Visibility (0070,0015): whether a line leads from it to the box.
    pub visible: bool,
}

/// An item of the Text Object Sequence (0070,0008); it has a box, an anchor or both.
#[derive(Debug, Clone, PartialEq)]
pub struct TextObject {
    /// Unformatted Text Value (0070,0006), lines separated as they were written.
    pub text: String,
    /// Its box.
    pub bounding_box: Option<BoundingBox>,
    /// Its anchor.
    pub anchor: Option<Anchor>,
}

impl TextObject {
    /// Its lines: CR LF, LF and CR each end one.
    pub fn lines(&self) -> Vec<String> {
        let unified = self.text.replace("\r\n", "\n").replace('\r', "\n");
        unified.trim_end().split('\n').map(str::to_owned).collect()
    }
}

/// One thing drawn on a layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Annotation {
    /// A shape.
    Graphic(Graphic),
    /// A text.
    Text(TextObject),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ending_ends_a_line() {
        let object = TextObject {
            text: "a\r\nb\nc\rd\r\n".into(),
            bounding_box: None,
            anchor: None,
        };
        assert_eq!(object.lines(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_line_is_closed_when_it_ends_where_it_began() {
        let line = |points: &[(f64, f64)]| Graphic {
            kind: GraphicType::Polyline,
            units: AnnotationUnits::Pixel,
            points: points.to_vec(),
            filled: false,
        };
        assert!(line(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 0.0)]).is_closed());
        assert!(!line(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)]).is_closed());
    }
}
