//! Requests of the normalized services (PS3.7 §10): N-ACTION, N-CREATE, N-GET, N-SET, N-DELETE.
//!
//! The peer may report an event at any time, also before it answers (PS3.7 §10.1.1); such reports are answered at once and kept.

use std::collections::VecDeque;

use tokio_util::sync::CancellationToken;

use crate::dicom::{DataSet, Status};
use crate::node::association::{Association, Ended};
use crate::node::data_set;
use crate::node::dimse::{CommandSet, NO_DATA_SET, RESPONSE, element, field};

/// Event reports kept until somebody looks; more are answered and dropped.
const EVENTS_MAX: usize = 64;

/// An N-EVENT-REPORT that arrived, answered already.
#[derive(Debug, Clone)]
pub struct EventReport {
    /// Its command.
    pub command: CommandSet,
    /// Its data set, if it has one that can be read.
    pub data_set: Option<DataSet>,
}

/// What a request was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The whole response.
    pub command: CommandSet,
    /// Its status.
    pub status: Status,
    /// Its data set, if there is one.
    pub data_set: Option<DataSet>,
}

/// Numbers the requests of one association, which are sent one at a time, and keeps the events reported meanwhile.
#[derive(Debug, Default)]
pub struct Requests {
    last_message_id: u16,
    /// Reports in the order of their arrival.
    pub events: VecDeque<EventReport>,
}

impl Requests {
    /// Sends one request and awaits its response. `command` is made by [`CommandSet::normalized`]; its message id is set here.
    pub async fn perform(
        &mut self,
        association: &mut Association,
        context_id: u8,
        command: CommandSet,
        data: Option<&DataSet>,
        stop: &CancellationToken,
    ) -> Result<Answer, Ended> {
        self.last_message_id = self.last_message_id.wrapping_add(1).max(1);
        let message_id = self.last_message_id;
        let command = command
            .with_number(element::MESSAGE_ID, message_id)
            .with_number(
                element::DATA_SET_TYPE,
                if data.is_some() { 1 } else { NO_DATA_SET },
            );
        association.send_command(context_id, &command).await?;
        if let Some(set) = data {
            data_set::send(association, context_id, set).await?;
        }
        let wait = association.timers().response;
        loop {
            let Some((context, received)) = association.next_command(wait, stop).await? else {
                association.reply_release().await;
                return Err(Ended::ReleasedEarly);
            };
            if received.command_field() == field::EVENT_REPORT {
                let report = take_event(association, context, received).await?;
                self.keep(report);
                continue;
            }
            let answers = received.command_field() == command.command_field() | RESPONSE
                && received.number(element::MESSAGE_ID_RESPONDED_TO) == Some(message_id);
            let (true, Some(status)) = (answers, received.number(element::STATUS)) else {
                let what = "something that is no response to our request";
                return Err(association.violate(what).await);
            };
            let data_set = receive_optional(association, context, &received).await?;
            return Ok(Answer {
                command: received,
                status: Status(status),
                data_set,
            });
        }
    }

    /// Awaits an event report for as long as the timers of `association` or `wait` allow; `None` when the peer released.
    pub async fn await_event(
        &mut self,
        association: &mut Association,
        wait: std::time::Duration,
        stop: &CancellationToken,
    ) -> Result<Option<EventReport>, Ended> {
        if let Some(report) = self.events.pop_front() {
            return Ok(Some(report));
        }
        match association.next_command(wait, stop).await? {
            Some((context, command)) if command.command_field() == field::EVENT_REPORT => {
                take_event(association, context, command).await.map(Some)
            }
            Some(_) => Err(association.violate("a message that was not due").await),
            None => {
                association.reply_release().await;
                Ok(None)
            }
        }
    }

    fn keep(&mut self, report: EventReport) {
        if self.events.len() < EVENTS_MAX {
            self.events.push_back(report);
        }
    }
}

/// Reads an event report and answers it with success.
async fn take_event(
    association: &mut Association,
    context_id: u8,
    command: CommandSet,
) -> Result<EventReport, Ended> {
    let data_set = receive_optional(association, context_id, &command).await?;
    association
        .send_command(context_id, &command.response(Status::SUCCESS.0))
        .await?;
    Ok(EventReport { command, data_set })
}

async fn receive_optional(
    association: &mut Association,
    context_id: u8,
    command: &CommandSet,
) -> Result<Option<DataSet>, Ended> {
    if !command.has_data_set() {
        return Ok(None);
    }
    match data_set::receive(association, context_id).await? {
        Ok(set) => Ok(Some(set)),
        Err(unusable) => {
            tracing::warn!(%unusable, "a peer sent something useless");
            Ok(None)
        }
    }
}
