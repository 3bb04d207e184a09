//! Against independent peers on loopback: DCMTK, pynetdicom, Orthanc.
