//! Against independent peers on loopback: DCMTK, pynetdicom, Orthanc.

mod dcmtk;
mod program;
