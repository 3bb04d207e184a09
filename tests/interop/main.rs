//! Against independent peers on loopback: DCMTK, pynetdicom, Orthanc.

mod dcmtk;
mod file_sets;
mod program;
