//! The pages of a print job: film box, image boxes, annotations, and the one print command of each.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::content;
use super::exchange::{Answer, Content, Request};
use super::order::{PageState, PrintProgress};
use super::pixels::BoxContent;
use super::session::{Course, Stuck};
use crate::dicom::sop_class::print;
use crate::dicom::{DataSet, tags};
use crate::imaging::film::{BoxPicture, FilmDepth, FilmPage};
use crate::node::dimse::field;

impl Course<'_, '_> {
    /// All pages that are wanted, one after the other; whether the association is still there.
    pub(super) async fn pages(&mut self) -> bool {
        let order = Arc::clone(&self.printing.order);
        for (index, page) in order.pages.iter().enumerate() {
            if order.skip.contains(&index) {
                continue;
            }
            let prefix = match order.pages.len() {
                0 | 1 => String::new(),
                pages => format!("page {}/{pages} ", index + 1),
            };
            let stuck = if self.printing.stop.is_cancelled() {
                Some(Stuck::here("cancelled", "cancelled before this page"))
            } else if let Some(state) = &self.broken {
                let words = format!("the printer reports {state}");
                Some(Stuck::here("printer status", words))
            } else {
                match self.page(index, page).await {
                    Ok(answer) => {
                        self.printed(index, &prefix, &answer).await;
                        None
                    }
                    Err(stuck) => Some(stuck),
                }
            };
            let Some(mut stuck) = stuck else { continue };
            stuck.step = format!("{prefix}{}", stuck.step);
            let ended = stuck.ended;
            self.stuck_on(index, stuck).await;
            return !ended;
        }
        true
    }

    async fn printed(&mut self, index: usize, prefix: &str, answer: &Answer) {
        self.note_warning(&format!("{prefix}print"), answer);
        let page = &mut self.report.pages[index];
        page.state = PageState::Printed;
        page.status = Some(answer.status.0);
        page.words = answer.words();
        self.note(index).await;
        // Printers with room for one film box want it away before the next one (C616).
        if let Some(film_box) = self.film_box.take() {
            self.delete("clean-up", self.channels.film, print::FILM_BOX, &film_box)
                .await;
        }
    }

    async fn stuck_on(&mut self, index: usize, stuck: Stuck) {
        let page = &mut self.report.pages[index];
        // An unanswered print command leaves open whether there is a film.
        page.state = match page.state {
            PageState::Sending if stuck.status.is_none() => PageState::Uncertain,
            _ if stuck.step.ends_with("cancelled") => PageState::NotSent,
            _ => PageState::Failed,
        };
        page.step = Some(stuck.step.clone());
        page.status = stuck.status;
        page.words = match page.state {
            PageState::Uncertain => format!(
                "{}; the print command was sent: look at the printer before printing this page again",
                stuck.words
            ),
            _ => stuck.words.clone(),
        };
        let words = page.words.clone();
        self.note(index).await;
        self.report.failure = Some((stuck.step, words));
    }

    /// Tells and keeps how far a page is; false when it could not be kept.
    async fn note(&mut self, index: usize) -> bool {
        let page = self.report.pages[index].clone();
        self.tell(PrintProgress::Page(page.clone()));
        let Some(job) = self.printing.queued else {
            return true;
        };
        let words = page.words.clone();
        let noted = self.printing.shared.ask(move |store| {
            store.note_print_page(
                job,
                page.page,
                page.state.words(),
                page.step.as_deref(),
                page.status,
                &words,
            )
        });
        match noted.await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "the state of a page cannot be kept");
                false
            }
        }
    }

    /// One page up to and with its print command.
    async fn page(&mut self, index: usize, page: &FilmPage) -> Result<Answer, Stuck> {
        let step = "film box";
        let session = self.session.clone().unwrap_or_default();
        let options = &self.printing.order.film;
        let annotated = self.channels.annotation.is_some()
            && options.annotation_format.is_some()
            && !page.header.is_empty();
        let context = self.channels.film;
        let lut = self.lut.clone();
        let content = content::film_box(page, options, &session, lut.as_deref(), annotated);
        let (uid, answer) = self.create(step, context, print::FILM_BOX, content).await?;
        let named = || {
            format!(
                "film size {}, layout {}",
                page.sheet.size.term(),
                page.printed_layout()
            )
        };
        if !answer.status.is_done() {
            return Err(Stuck::refused(step, &answer, &named()));
        }
        self.note_warning(step, &answer);
        self.film_box = Some(uid.clone());
        let data_set = answer.data_set.as_ref();
        let boxes = references(data_set, tags::REFERENCED_IMAGE_BOX_SEQUENCE);
        let wanted = page.boxes();
        let last = wanted.last().copied();
        if last.is_some_and(|last| last >= boxes.len()) {
            let words = format!(
                "the printer made {} image boxes for {} images; {}",
                boxes.len(),
                wanted.len(),
                named()
            );
            return Err(Stuck::here(step, words));
        }
        let annotations = references(data_set, tags::REFERENCED_BASIC_ANNOTATION_BOX_SEQUENCE);
        let burn = !annotated || annotations.is_empty();
        self.report.annotated |= !burn;
        self.image_boxes(page, &boxes, burn).await?;
        if annotated {
            self.annotations(page, &annotations).await?;
        }
        self.print(index, &uid).await
    }

    async fn image_boxes(
        &mut self,
        page: &FilmPage,
        boxes: &[(String, String)],
        burn_header: bool,
    ) -> Result<(), Stuck> {
        let mut page = page.clone();
        let default = if page.color {
            print::COLOR_BOX
        } else {
            print::GRAYSCALE_BOX
        };
        let places = page.boxes();
        for place in places {
            let step = format!("image box {}", place + 1);
            let (class, instance) = &boxes[place];
            let class = if class.is_empty() { default } else { class };
            self.fit_box_class(&mut page, class, &step)?;
            let shown = page.clone();
            let rendered = spawn_blocking(move || shown.picture(place, burn_header)).await;
            let picture = match rendered {
                Ok(Ok(Some(picture))) => picture,
                Ok(Ok(None)) => continue,
                Ok(Err(error)) => return Err(Stuck::here(&step, error.to_string())),
                Err(_) => return Err(Stuck::here(&step, "an internal error (a bug)")),
            };
            for warning in &picture.warnings {
                self.report.warn(warning.clone());
            }
            self.set_box(&step, place, class, instance, &picture)
                .await?;
        }
        Ok(())
    }

    /// With single classes the printer says of which class its image boxes are; a gray image can go into a colour box.
    fn fit_box_class(&self, page: &mut FilmPage, class: &str, step: &str) -> Result<(), Stuck> {
        let wants_color = class == print::COLOR_BOX;
        if wants_color == page.color || self.channels.meta {
            return Ok(());
        }
        if !wants_color {
            let words = "the printer made gray image boxes for a colour film";
            return Err(Stuck::here(step, words));
        }
        if page.depth == FilmDepth::Twelve {
            let words =
                "the printer made colour image boxes, which have 8 bits: print with --depth 8";
            return Err(Stuck::here(step, words));
        }
        page.color = true;
        Ok(())
    }

    async fn set_box(
        &mut self,
        step: &str,
        place: usize,
        class: &str,
        instance: &str,
        picture: &BoxPicture,
    ) -> Result<(), Stuck> {
        let mut context = self.channels.image;
        if !self.channels.meta {
            let contexts = self.exchange.association.contexts();
            let named = contexts.iter().find(|(_, c)| c.sop_class.as_str() == class);
            context = named.map_or(context, |(id, _)| *id);
        }
        let encoding = self.encoding(context);
        let request = Request {
            context,
            field: field::SET,
            class,
            instance,
            content: Content::Pixels(BoxContent::new(place + 1, picture, encoding)),
        };
        let answer = self.ask(step, request).await?;
        self.note_warning(step, &answer);
        if answer.status.is_done() {
            return Ok(());
        }
        let twelve = matches!(
            picture.picture.samples,
            crate::imaging::film::FilmSamples::Gray12(_)
        );
        let advice = match answer.status.0 {
            0xC603 | 0xC613 => "the image is larger than its box: choose a larger film or cell",
            0xC605 => "choose a smaller layout or film",
            _ if twelve => "if the printer takes no 12 bits: print with --depth 8",
            _ => "",
        };
        Err(Stuck::refused(step, &answer, advice))
    }

    /// Text goes into as many annotation boxes as there are; a printer that refuses it still prints the images.
    async fn annotations(
        &mut self,
        page: &FilmPage,
        boxes: &[(String, String)],
    ) -> Result<(), Stuck> {
        let Some(context) = self.channels.annotation else {
            return Ok(());
        };
        let texts = content::annotation_texts(&page.header, boxes.len());
        for (place, (text, (_, instance))) in texts.iter().zip(boxes).enumerate() {
            let step = format!("annotation box {}", place + 1);
            let bytes = content::annotation(place + 1, text).data_set(self.encoding(context));
            let request = Request {
                context,
                field: field::SET,
                class: print::ANNOTATION_BOX,
                instance,
                content: Content::Whole(bytes),
            };
            let answer = self.ask(&step, request).await?;
            if !answer.status.is_done() {
                return Err(Stuck::refused(
                    &step,
                    &answer,
                    "print without the page header",
                ));
            }
            self.note_warning(&step, &answer);
        }
        Ok(())
    }

    /// N-ACTION of the film box: noted before it leaves, sent once.
    async fn print(&mut self, index: usize, film_box: &str) -> Result<Answer, Stuck> {
        let step = "print";
        if self.exchange.association.is_closed().await {
            let words = "connection lost: the printer closed it before the print command";
            return Err(Stuck {
                ended: true,
                ..Stuck::here(step, words)
            });
        }
        self.report.pages[index].state = PageState::Sending;
        if !self.note(index).await {
            self.report.pages[index].state = PageState::NotSent;
            return Err(Stuck::here(step, "the state of the page cannot be kept"));
        }
        let request = Request {
            context: self.channels.film,
            field: field::ACTION,
            class: print::FILM_BOX,
            instance: film_box,
            content: Content::Nothing,
        };
        let answer = self.ask(step, request).await?;
        if answer.status.is_done() {
            return Ok(answer);
        }
        let advice = match answer.status.0 {
            0xC602 => "the print queue is full: try again later",
            0xC603 | 0xC613 => "choose a larger film or cell",
            _ => "",
        };
        Err(Stuck::refused(step, &answer, advice))
    }
}

/// Class and instance of the items of a reference sequence, in order.
pub(super) fn references(
    data_set: Option<&DataSet>,
    tag: crate::dicom::Tag,
) -> Vec<(String, String)> {
    let items = data_set.map(|set| set.items(tag)).unwrap_or_default();
    items
        .iter()
        .map(|item| {
            let text = |tag| item.text(tag).unwrap_or_default();
            (
                text(tags::REFERENCED_SOP_CLASS_UID),
                text(tags::REFERENCED_SOP_INSTANCE_UID),
            )
        })
        .collect()
}
