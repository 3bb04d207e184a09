//! All integration tests in one binary, linked once; one file an area.

mod architecture;
mod cli;
mod commitment;
mod conformance;
mod decode;
mod dicom;
mod engine;
mod loopback;
mod node;
mod node_abuse;
mod presentation_state;
mod random_views;
mod reference_renderer;
mod render;
mod scripted_peer;
mod served;
mod shared;
mod state_round_trip;
mod store;
mod tls;
mod transcode;
mod ui;
mod viewer_states;
mod viewer_ui;
mod viewer_world;
mod workspace;
