//! Everything that is read from a peer before anything is known about it: PDU headers, data value headers, association
//! requests and answers, command sets.

#![no_main]

use dgscope::node::dimse::CommandSet;
use dgscope::node::negotiation::{self, Identity};
use dgscope::node::pdu::{Accepted, Fragment, PduHeader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else {
        return;
    };
    match choice % 4 {
        0 => {
            let us = Identity {
                max_pdu: 131_072,
                serial: 1,
                services: Default::default(),
            };
            if let Ok(request) = negotiation::read_request(rest) {
                let judged = negotiation::judge(&request, None);
                let accepted = negotiation::accept(&request, &us);
                if let (Ok(_), Ok((answer, contexts))) = (judged, accepted) {
                    assert!(contexts.len() <= answer.presentation_contexts.len());
                }
            }
        }
        1 => {
            if let Ok(accepted) = Accepted::read(rest) {
                assert!(accepted.contexts.len() <= rest.len() / 8);
            }
        }
        2 => {
            if let Ok(command) = CommandSet::read(rest) {
                let response = command.response(0).with_comment("answered");
                assert!(CommandSet::read(&response.write()).is_ok());
            }
        }
        _ => {
            for chunk in rest.chunks_exact(12) {
                let (mut header, mut value) = ([0; 6], [0; 6]);
                header.copy_from_slice(&chunk[..6]);
                value.copy_from_slice(&chunk[6..]);
                if let Ok(header) = PduHeader::read(header, 131_072)
                    && let Ok(fragment) = Fragment::read(value, header.length)
                {
                    assert!(fragment.length + 6 <= header.length);
                }
            }
        }
    }
});
