//! The N-services of the virtual printer, one association at a time: what exists, what is asked of it, what is answered (PS3.4
//! Annex H).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::task::spawn_blocking;

use super::FilmOnDisk;
use super::attributes::{self, refused};
use super::film::{AnnotationBox, Circumstances, FilmBox, ImageBox};
use super::listener::PrinterOptions;
use super::misbehaviour;
use super::requests::{Answer, Asked};
use crate::dicom::sop_class::print;
use crate::dicom::status::Status;
use crate::dicom::{
    Builder, DataSet, Encoding, ScanOptions, TransferSyntax, Uid, scan_data_set, tags,
};
use crate::node::dimse::field;

/// Annotation boxes of a film box with an annotation display format.
const ANNOTATION_BOXES: usize = 6;

/// The printer behind all its associations.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) options: PrinterOptions,
    /// Films kept so far.
    pub(super) films: AtomicU32,
}

/// What one association has created.
pub(super) struct Desk {
    pub(super) device: Arc<Device>,
    calling: String,
    session: Option<(String, DataSet)>,
    film_boxes: Vec<FilmBox>,
    luts: BTreeMap<String, String>,
    /// Requests so far.
    pub(super) requests: u32,
    /// Printer Status and Printer Status Info.
    pub(super) state: (String, String),
}

fn not_there() -> Answer {
    refused(Status::NO_SUCH_INSTANCE, "no such instance here").into()
}

impl Desk {
    pub(super) fn new(device: Arc<Device>, calling: String) -> Self {
        let (status, info) = misbehaviour::state(&device.options.misbehaviours);
        Self {
            device,
            calling,
            session: None,
            film_boxes: Vec::new(),
            luts: BTreeMap::new(),
            requests: 0,
            state: (status.to_owned(), info.to_owned()),
        }
    }

    pub(super) async fn answer(&mut self, asked: Asked, agreed: &str) -> Answer {
        if !belongs(&asked.class, agreed) {
            return refused(Status::CLASS_NOT_SUPPORTED, "not a class of this context").into();
        }
        match (asked.field, asked.class.as_str()) {
            (field::N_GET, print::PRINTER) => self.get_printer(&asked),
            (field::CREATE, print::FILM_SESSION) => self.create_session(asked),
            (field::CREATE, print::FILM_BOX) => self.create_film_box(asked, agreed),
            (field::CREATE, print::PRESENTATION_LUT) => self.create_lut(&asked),
            (field::SET, print::GRAYSCALE_BOX | print::COLOR_BOX) => self.set_image(asked).await,
            (field::SET, print::ANNOTATION_BOX) => self.set_annotation(&asked),
            (field::ACTION, print::FILM_BOX | print::FILM_SESSION) => self.print(&asked).await,
            (field::DELETE, _) => self.delete(&asked),
            _ => refused(
                Status::UNRECOGNIZED_OPERATION,
                "not an operation of this class",
            )
            .into(),
        }
    }

    fn get_printer(&self, asked: &Asked) -> Answer {
        if asked.instance != print::PRINTER_INSTANCE {
            return not_there();
        }
        Answer::with(
            Builder::new()
                .text(tags::PRINTER_STATUS, &self.state.0)
                .text(tags::PRINTER_STATUS_INFO, &self.state.1)
                .text(tags::PRINTER_NAME, self.device.options.ae_title.as_str()),
        )
    }

    fn create_session(&mut self, asked: Asked) -> Answer {
        if self.session.is_some() {
            let comment = "one film session on an association";
            return refused(Status::RESOURCE_LIMITATION, comment).into();
        }
        let set = asked.set.unwrap_or_else(empty);
        let copies = set.int(tags::NUMBER_OF_COPIES).unwrap_or(1);
        if !(1..=99).contains(&copies) {
            return attributes::invalid(tags::NUMBER_OF_COPIES, "1 to 99 copies").into();
        }
        let uid = given_or_new(asked.instance);
        self.session = Some((uid.clone(), set));
        Answer {
            instance: Some(uid),
            content: Some(Builder::new().ints(tags::NUMBER_OF_COPIES, &[copies])),
            ..Answer::default()
        }
    }

    fn create_lut(&mut self, asked: &Asked) -> Answer {
        let shape = asked
            .set
            .as_ref()
            .and_then(|set| set.text(tags::PRESENTATION_LUT_SHAPE));
        match shape.as_deref() {
            Some("IDENTITY" | "LIN OD") => {}
            Some(_) => {
                let tag = tags::PRESENTATION_LUT_SHAPE;
                return attributes::invalid(tag, "IDENTITY or LIN OD").into();
            }
            None => return attributes::missing(tags::PRESENTATION_LUT_SHAPE).into(),
        }
        let uid = given_or_new(asked.instance.clone());
        let shape = shape.unwrap_or_default();
        self.luts.insert(uid.clone(), shape.clone());
        Answer {
            instance: Some(uid),
            content: Some(Builder::new().text(tags::PRESENTATION_LUT_SHAPE, &shape)),
            ..Answer::default()
        }
    }

    fn create_film_box(&mut self, asked: Asked, agreed: &str) -> Answer {
        let Some((session, _)) = &self.session else {
            let comment = "no film session on this association";
            return refused(Status::NO_SUCH_INSTANCE, comment).into();
        };
        let Some(set) = asked.set else {
            return attributes::missing(tags::IMAGE_DISPLAY_FORMAT).into();
        };
        let sheet = match attributes::film_box(&set, session) {
            Ok(sheet) => sheet,
            Err(refused) => return refused.into(),
        };
        let references = set.items(tags::REFERENCED_PRESENTATION_LUT_SEQUENCE);
        let mut uids = references
            .iter()
            .map(|item| item.text(tags::REFERENCED_SOP_INSTANCE_UID));
        if uids.any(|uid| !uid.is_some_and(|uid| self.luts.contains_key(&uid))) {
            let tag = tags::REFERENCED_PRESENTATION_LUT_SEQUENCE;
            return attributes::invalid(tag, "no such Presentation LUT").into();
        }
        let color = agreed == print::COLOR_META || self.device.options.color_boxes;
        let image_boxes = (0..sheet.layout.count()).map(|_| ImageBox {
            uid: Uid::generate().to_string(),
            image: None,
            attributes: None,
        });
        let annotated = set.text(tags::ANNOTATION_DISPLAY_FORMAT_ID).is_some();
        let annotations =
            (0..if annotated { ANNOTATION_BOXES } else { 0 }).map(|_| AnnotationBox {
                uid: Uid::generate().to_string(),
                text: String::new(),
            });
        let film_box = FilmBox {
            uid: given_or_new(asked.instance),
            color,
            sheet,
            images: image_boxes.collect(),
            annotations: annotations.collect(),
            attributes: set,
        };
        let content = describe(&film_box);
        let instance = Some(film_box.uid.clone());
        self.film_boxes.push(film_box);
        Answer {
            instance,
            content: Some(content),
            ..Answer::default()
        }
    }

    async fn set_image(&mut self, asked: Asked) -> Answer {
        let found = self.film_boxes.iter_mut().find_map(|film_box| {
            let place = film_box
                .images
                .iter()
                .position(|b| b.uid == asked.instance)?;
            Some((film_box, place))
        });
        let Some((film_box, place)) = found else {
            return not_there();
        };
        if (asked.class == print::COLOR_BOX) != film_box.color {
            let comment = "the image box is of the other class";
            return refused(Status::CLASS_INSTANCE_CONFLICT, comment).into();
        }
        let Some(set) = asked.set else {
            return attributes::missing(tags::IMAGE_BOX_POSITION).into();
        };
        let (color, encoding) = (asked.color || film_box.color, asked.syntax.encoding);
        let bytes = asked.bytes;
        let checked = spawn_blocking(move || {
            let image = attributes::image_box(&set, &bytes, place + 1, color, encoding);
            (image, set)
        });
        let Ok((image, set)) = checked.await else {
            return refused(Status::PROCESSING_FAILURE, "an internal error").into();
        };
        let image = match image {
            Ok(image) => image,
            Err(refused) => return refused.into(),
        };
        let resolution_dpi = self.device.options.resolution_dpi;
        if let Some(image) = &image
            && film_box.is_too_large(place, image, resolution_dpi)
        {
            return refused(Status(0xC603), "the image is larger than its box").into();
        }
        let image_box = &mut film_box.images[place];
        image_box.attributes = Some(set);
        image_box.image = image;
        Answer::default()
    }

    fn set_annotation(&mut self, asked: &Asked) -> Answer {
        let boxes = self
            .film_boxes
            .iter_mut()
            .flat_map(|film_box| &mut film_box.annotations);
        let Some(annotation) = boxes.into_iter().find(|b| b.uid == asked.instance) else {
            return not_there();
        };
        let text = asked
            .set
            .as_ref()
            .and_then(|set| set.text(tags::TEXT_STRING));
        annotation.text = text.unwrap_or_default();
        Answer::default()
    }

    async fn print(&mut self, asked: &Asked) -> Answer {
        if asked.action != Some(1) {
            return refused(Status::NO_SUCH_ACTION, "1 is print").into();
        }
        let whole_session = asked.class == print::FILM_SESSION;
        let Some((session, attributes)) = self.session.clone() else {
            return not_there();
        };
        if whole_session && session != asked.instance {
            return not_there();
        }
        if whole_session && self.film_boxes.is_empty() {
            return refused(Status(0xC600), "no film boxes in this session").into();
        }
        let wanted: Vec<FilmBox> = self
            .film_boxes
            .iter()
            .filter(|film_box| whole_session || film_box.uid == asked.instance)
            .cloned()
            .collect();
        if wanted.is_empty() {
            return not_there();
        }
        tokio::time::sleep(misbehaviour::print_time(&self.device.options.misbehaviours)).await;
        let mut answer = Answer::default();
        for film_box in wanted {
            if film_box.images.iter().all(|b| b.image.is_none()) {
                // An empty page: printed with a warning (PS3.4 H.4.2.2.4.2).
                answer.status = if whole_session { 0xB602 } else { 0xB603 };
            }
            match self.keep(film_box, attributes.clone()).await {
                Ok(film) => answer.film = Some(film),
                Err(error) => {
                    tracing::error!(%error, "a film cannot be kept");
                    return refused(Status::PROCESSING_FAILURE, "the film cannot be kept").into();
                }
            }
        }
        answer
    }

    async fn keep(&self, film_box: FilmBox, session: DataSet) -> std::io::Result<FilmOnDisk> {
        let number = self.device.films.fetch_add(1, Ordering::Relaxed) + 1;
        let (device, calling) = (Arc::clone(&self.device), self.calling.clone());
        let lut = film_box
            .attributes
            .items(tags::REFERENCED_PRESENTATION_LUT_SEQUENCE)
            .first()
            .and_then(|item| {
                self.luts
                    .get(&item.text(tags::REFERENCED_SOP_INSTANCE_UID)?)
            })
            .cloned();
        let kept = spawn_blocking(move || {
            film_box.keep(
                &device.options.folder,
                &Circumstances {
                    number,
                    calling: &calling,
                    session: &session,
                    lut: lut.as_deref(),
                    density: device.options.density,
                    resolution_dpi: device.options.resolution_dpi,
                },
            )
        });
        kept.await.map_err(std::io::Error::other)?
    }

    fn delete(&mut self, asked: &Asked) -> Answer {
        let before = self.film_boxes.len();
        match asked.class.as_str() {
            print::FILM_BOX => {
                self.film_boxes
                    .retain(|film_box| film_box.uid != asked.instance);
                if self.film_boxes.len() == before {
                    return not_there();
                }
            }
            print::FILM_SESSION => match &self.session {
                Some((uid, _)) if *uid == asked.instance => {
                    self.session = None;
                    self.film_boxes.clear();
                }
                _ => return not_there(),
            },
            print::PRESENTATION_LUT => {
                if self.luts.remove(&asked.instance).is_none() {
                    return not_there();
                }
            }
            _ => {
                let comment = "nothing of this class can be deleted";
                return refused(Status::UNRECOGNIZED_OPERATION, comment).into();
            }
        }
        Answer::default()
    }
}

/// Whether a class is served on a context of this class.
fn belongs(class: &str, agreed: &str) -> bool {
    let managed = [print::FILM_SESSION, print::FILM_BOX, print::PRINTER];
    match agreed {
        print::GRAYSCALE_META => managed.contains(&class) || class == print::GRAYSCALE_BOX,
        print::COLOR_META => managed.contains(&class) || class == print::COLOR_BOX,
        agreed => class == agreed,
    }
}

fn empty() -> DataSet {
    let syntax = TransferSyntax::native(Encoding::ExplicitLittle);
    scan_data_set(&Vec::new(), 0, 0, syntax, &ScanOptions::INDEX)
        .expect("no bytes are an empty data set")
}

fn given_or_new(instance: String) -> String {
    if instance.is_empty() {
        Uid::generate().to_string()
    } else {
        instance
    }
}

/// What an N-CREATE of a film box is answered: the boxes it holds.
fn describe(film_box: &FilmBox) -> Builder {
    let reference = |class: &str, uid: &str| {
        Builder::new()
            .text(tags::REFERENCED_SOP_CLASS_UID, class)
            .text(tags::REFERENCED_SOP_INSTANCE_UID, uid)
    };
    let class = if film_box.color {
        print::COLOR_BOX
    } else {
        print::GRAYSCALE_BOX
    };
    let images = film_box
        .images
        .iter()
        .map(|b| reference(class, &b.uid))
        .collect();
    let builder = Builder::new()
        .text(
            tags::IMAGE_DISPLAY_FORMAT,
            &film_box.sheet.layout.to_string(),
        )
        .text(tags::FILM_ORIENTATION, film_box.sheet.orientation.term())
        .text(tags::FILM_SIZE_ID, film_box.sheet.size.term())
        .sequence(tags::REFERENCED_IMAGE_BOX_SEQUENCE, images);
    if film_box.annotations.is_empty() {
        return builder;
    }
    let annotations = film_box.annotations.iter();
    let annotations = annotations
        .map(|b| reference(print::ANNOTATION_BOX, &b.uid))
        .collect();
    builder.sequence(tags::REFERENCED_BASIC_ANNOTATION_BOX_SEQUENCE, annotations)
}
