//! What a printer takes (workstation.md C13): film boxes of every size and layout are created and deleted again, an image box is set to
//! 12 bits, and nothing is printed.

use super::content;
use super::exchange::{Content, Request};
use super::order::{FilmOptions, Probed};
use super::pages::references;
use super::pixels::BoxContent;
use super::session::{Course, Stuck};
use crate::dicom::sop_class::print;
use crate::dicom::tags;
use crate::imaging::film::{BoxPicture, FilmDepth, FilmPage, FilmPicture, FilmSize, Layout, Sheet};
use crate::node::dimse::field;

/// Film sizes that are tried: the defined terms (PS3.3 C.13.3) and the paper sizes.
const SIZES: [&str; 15] = [
    "14INX17IN",
    "8INX10IN",
    "8_5INX11IN",
    "10INX12IN",
    "10INX14IN",
    "11INX14IN",
    "11INX17IN",
    "14INX14IN",
    "24CMX24CM",
    "24CMX30CM",
    "25_7CMX36_4CM",
    "A4",
    "A3",
    "35CMX43CM",
    "26CMX36CM",
];
/// Layouts that are tried, up to 6 x 8.
const LAYOUTS: [(u32, u32); 18] = [
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 2),
    (2, 3),
    (3, 2),
    (3, 3),
    (3, 4),
    (4, 3),
    (4, 4),
    (3, 5),
    (4, 5),
    (5, 4),
    (4, 6),
    (5, 6),
    (5, 7),
    (6, 7),
    (6, 8),
];
/// Side of the image that is set, in pixels.
const SIDE: u32 = 64;

impl Course<'_, '_> {
    /// Tries what the printer takes; what it refuses is no failure.
    pub(super) async fn probe(&mut self) -> Result<(), Stuck> {
        let mut probed = Probed::default();
        for term in SIZES {
            let size = FilmSize::parse(term).expect("a term of the list above");
            if self.try_box(size, Layout::default(), None).await?.is_some() {
                probed.sizes.push(term.to_owned());
            }
        }
        let size = probed.sizes.first().map(String::as_str);
        let size = FilmSize::parse(size.unwrap_or(FilmSize::COMMON)).unwrap_or_default();
        for (columns, rows) in LAYOUTS {
            let layout = Layout::Standard(columns, rows);
            let boxes = self.try_box(size.clone(), layout.clone(), None).await?;
            if boxes == Some(layout.count()) {
                probed.layouts.push(layout.to_string());
            }
        }
        self.try_box(size, Layout::default(), Some(&mut probed.twelve_bits))
            .await?;
        self.report.probed = Some(probed);
        Ok(())
    }

    /// Creates a film box and deletes it again; the image boxes it had, `None` when it was refused.
    async fn try_box(
        &mut self,
        size: FilmSize,
        layout: Layout,
        twelve_bits: Option<&mut Option<bool>>,
    ) -> Result<Option<usize>, Stuck> {
        let step = "printer profile";
        let page = FilmPage {
            sheet: Sheet {
                size,
                ..Sheet::default()
            },
            layout,
            ..FilmPage::default()
        };
        let session = self.session.clone().unwrap_or_default();
        let options = FilmOptions::default();
        let lut = self.lut.clone();
        let content = content::film_box(&page, &options, &session, lut.as_deref(), false);
        let context = self.channels.film;
        let (uid, answer) = self.create(step, context, print::FILM_BOX, content).await?;
        if !answer.status.is_done() {
            return Ok(None);
        }
        self.film_box = Some(uid);
        let boxes = references(
            answer.data_set.as_ref(),
            tags::REFERENCED_IMAGE_BOX_SEQUENCE,
        );
        if let (Some(twelve_bits), Some((class, instance))) = (twelve_bits, boxes.first())
            && class != print::COLOR_BOX
        {
            *twelve_bits = Some(self.try_twelve_bits(step, instance).await?);
        }
        if let Some(film_box) = self.film_box.take() {
            self.delete("clean-up", context, print::FILM_BOX, &film_box)
                .await;
        }
        Ok(Some(boxes.len()))
    }

    async fn try_twelve_bits(&mut self, step: &str, instance: &str) -> Result<bool, Stuck> {
        let picture = BoxPicture {
            picture: FilmPicture::black(SIDE, SIDE, FilmDepth::Twelve, false),
            width_mm: None,
            warnings: Vec::new(),
        };
        let context = self.channels.image;
        let content = BoxContent::new(1, &picture, self.encoding(context));
        let request = Request {
            context,
            field: field::SET,
            class: print::GRAYSCALE_BOX,
            instance,
            content: Content::Pixels(content),
        };
        Ok(self.ask(step, request).await?.status.is_done())
    }
}
