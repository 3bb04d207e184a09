//! SOP classes and the roles we take in them (Tables 1 to 6, 21, 28).
//!
//! One array is the only list: first what the conformance statement names, then every other storage class of PS3.4 Annex B, which
//! a node must keep as well rather than turn a modality away. Raw Data and VL Photographic are stated for the SCU alone; received
//! they count among the further ones.

use dicom_dictionary_std::uids;

/// What a class is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// C-ECHO.
    Verification,
    /// C-FIND.
    Query,
    /// C-MOVE and C-GET.
    Retrieve,
    /// Storage commitment.
    Commitment,
    /// Film sessions, boxes and printers.
    Print,
    /// Objects with pixel data.
    Image,
    /// Softcopy presentation states.
    PresentationState,
    /// Structured reports.
    Document,
    /// Key object selections.
    KeyObject,
    /// Stored objects of any other sort: waveforms, encapsulated documents, plans, raw data.
    Other,
}

/// The roles we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles {
    /// We ask for the service.
    pub scu: bool,
    /// We provide the service.
    pub scp: bool,
}

impl Roles {
    /// Asks and provides.
    pub const BOTH: Self = Self {
        scu: true,
        scp: true,
    };
    /// Asks only.
    pub const SCU: Self = Self {
        scu: true,
        scp: false,
    };
}

/// One SOP class.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct SopClass {
    /// Its UID.
    pub uid: &'static str,
    /// Its name in PS3.6 Table A-1.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The roles that we take; those of the conformance statement when it is `stated`.
    pub roles: Roles,
    /// Whether the conformance statement names it.
    pub stated: bool,
}

impl SopClass {
    /// Whether its instances are stored.
    pub fn is_storage(&self) -> bool {
        use Kind::{Document, Image, KeyObject, Other, PresentationState};
        matches!(
            self.kind,
            Image | PresentationState | Document | KeyObject | Other
        )
    }

    /// Whether we provide its service: every storage class is received and kept, stated or not.
    pub fn is_provided(&self) -> bool {
        self.roles.scp || self.is_storage()
    }
}

/// Finds a class by UID; padding is ignored.
pub fn find(uid: &str) -> Option<&'static SopClass> {
    let uid = uid.trim_matches(['\0', ' ']);
    SOP_CLASSES.iter().find(|class| class.uid == uid)
}

/// Whether a UID names a storage class that we know.
pub fn is_storage(uid: &str) -> bool {
    find(uid).is_some_and(SopClass::is_storage)
}

/// The name of a class, or its UID when nobody knows it.
pub fn name(uid: &str) -> &str {
    find(uid).map_or(uid, |class| class.name)
}

/// The well-known instance that every storage commitment request goes to (PS3.4 Annex J).
pub const STORAGE_COMMITMENT_INSTANCE: &str = uids::STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE;
/// Print management (PS3.4 Annex H): the classes that a film is made with.
pub mod print {
    use dicom_dictionary_std::uids;

    /// Basic Film Session.
    pub const FILM_SESSION: &str = uids::BASIC_FILM_SESSION;
    /// Basic Film Box.
    pub const FILM_BOX: &str = uids::BASIC_FILM_BOX;
    /// Basic Grayscale Image Box.
    pub const GRAYSCALE_BOX: &str = uids::BASIC_GRAYSCALE_IMAGE_BOX;
    /// Basic Color Image Box.
    pub const COLOR_BOX: &str = uids::BASIC_COLOR_IMAGE_BOX;
    /// Basic Annotation Box.
    pub const ANNOTATION_BOX: &str = uids::BASIC_ANNOTATION_BOX;
    /// Printer.
    pub const PRINTER: &str = uids::PRINTER;
    /// The well-known instance of the printer behind an association.
    pub const PRINTER_INSTANCE: &str = uids::PRINTER_INSTANCE;
    /// Print Job.
    pub const PRINT_JOB: &str = uids::PRINT_JOB;
    /// Presentation LUT.
    pub const PRESENTATION_LUT: &str = uids::PRESENTATION_LUT;
    /// All of a gray film in one class.
    pub const GRAYSCALE_META: &str = uids::BASIC_GRAYSCALE_PRINT_MANAGEMENT_META;
    /// All of a colour film in one class.
    pub const COLOR_META: &str = uids::BASIC_COLOR_PRINT_MANAGEMENT_META;
    /// Stored Print Storage.
    pub const STORED_PRINT: &str = "1.2.840.10008.5.1.1.27";
    /// Hardcopy Grayscale Image Storage.
    pub const HARDCOPY_GRAYSCALE: &str = "1.2.840.10008.5.1.1.29";
    /// Hardcopy Color Image Storage.
    pub const HARDCOPY_COLOR: &str = "1.2.840.10008.5.1.1.30";
}
/// C-FIND in the Study Root model (PS3.4 §C.6.2).
pub const STUDY_ROOT_FIND: &str = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND;
/// C-MOVE in the Study Root model.
pub const STUDY_ROOT_MOVE: &str = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE;
/// C-GET in the Study Root model.
pub const STUDY_ROOT_GET: &str = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_GET;
/// The application context of every DICOM association (statement 3.1.1.1).
pub const APPLICATION_CONTEXT: &str = uids::DICOM_APPLICATION_CONTEXT;

const fn stated(uid: &'static str, name: &'static str, kind: Kind, roles: Roles) -> SopClass {
    SopClass {
        uid,
        name,
        kind,
        roles,
        stated: true,
    }
}

const fn further(uid: &'static str, name: &'static str, kind: Kind, roles: Roles) -> SopClass {
    SopClass {
        uid,
        name,
        kind,
        roles,
        stated: false,
    }
}

/// Every class we know and take a role in.
// A table: one row a line, however long.
#[rustfmt::skip]
pub const SOP_CLASSES: &[SopClass] = &[
    stated("1.2.840.10008.1.1", "Verification", Kind::Verification, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.2.2.1", "Study Root Query/Retrieve Information Model - FIND", Kind::Query, Roles::SCU),
    stated("1.2.840.10008.5.1.4.1.2.2.2", "Study Root Query/Retrieve Information Model - MOVE", Kind::Retrieve, Roles::SCU),
    stated("1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR Storage", Kind::Document, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.88.33", "Comprehensive SR Storage", Kind::Document, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1", "Computed Radiography Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1.3", "Digital Intra-Oral X-Ray Image Storage - For Presentation", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1.3.1", "Digital Intra-Oral X-Ray Image Storage - For Processing", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1.2", "Digital Mammography X-Ray Image Storage - For Presentation", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1.2.1", "Digital Mammography X-Ray Image Storage - For Processing", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1.1", "Digital X-Ray Image Storage - For Presentation", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.1.1.1", "Digital X-Ray Image Storage - For Processing", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.4.1", "Enhanced MR Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.88.22", "Enhanced SR Storage", Kind::Document, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    stated("1.2.840.10008.5.1.1.30", "Hardcopy Color Image Storage (Retired)", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.1.29", "Hardcopy Grayscale Image Storage (Retired)", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.88.59", "Key Object Selection Document Storage", Kind::KeyObject, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.4", "MR Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.4.2", "MR Spectroscopy Storage", Kind::Other, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.128", "Positron Emission Tomography Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.5", "Nuclear Medicine Image Storage (Retired)", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.6", "Ultrasound Image Storage (Retired)", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.3", "Ultrasound Multi-frame Image Storage (Retired)", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.1.27", "Stored Print Storage (Retired)", Kind::Other, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.3.1", "Ultrasound Multi-frame Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.12.1", "X-Ray Angiographic Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.12.2", "X-Ray Radiofluoroscopic Image Storage", Kind::Image, Roles::BOTH),
    stated("1.2.840.10008.5.1.4.1.1.66", "Raw Data Storage", Kind::Other, Roles::SCU),
    stated("1.2.840.10008.5.1.4.1.1.77.1.4", "VL Photographic Image Storage", Kind::Image, Roles::SCU),
    stated("1.2.840.10008.5.1.1.1", "Basic Film Session", Kind::Print, Roles::SCU),
    stated("1.2.840.10008.5.1.1.2", "Basic Film Box", Kind::Print, Roles::SCU),
    stated("1.2.840.10008.5.1.1.4", "Basic Grayscale Image Box", Kind::Print, Roles::SCU),
    stated("1.2.840.10008.5.1.1.4.1", "Basic Color Image Box", Kind::Print, Roles::SCU),
    stated("1.2.840.10008.5.1.1.16", "Printer", Kind::Print, Roles::SCU),
    stated("1.2.840.10008.1.20.1", "Storage Commitment Push Model", Kind::Commitment, Roles::BOTH),
    // Beyond the statement.
    further("1.2.840.10008.5.1.4.1.2.2.3", "Study Root Query/Retrieve Information Model - GET", Kind::Retrieve, Roles::SCU),
    further("1.2.840.10008.5.1.1.9", "Basic Grayscale Print Management Meta", Kind::Print, Roles::SCU),
    further("1.2.840.10008.5.1.1.18", "Basic Color Print Management Meta", Kind::Print, Roles::SCU),
    further("1.2.840.10008.5.1.1.23", "Presentation LUT", Kind::Print, Roles::SCU),
    further("1.2.840.10008.5.1.1.15", "Basic Annotation Box", Kind::Print, Roles::SCU),
    further("1.2.840.10008.5.1.1.14", "Print Job", Kind::Print, Roles::SCU),
    further("1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.2.2", "Legacy Converted Enhanced CT Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.2.3", "CT Image Storage - For Processing", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.2.4", "Enhanced CT Image Storage - For Processing", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.2.5", "Legacy Converted Enhanced CT Image Storage - For Processing", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.4.3", "Enhanced MR Color Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.4.4", "Legacy Converted Enhanced MR Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.6.2", "Enhanced US Volume Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.6.3", "Photoacoustic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.7.1", "Multi-frame Single Bit Secondary Capture Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.7.2", "Multi-frame Grayscale Byte Secondary Capture Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.7.3", "Multi-frame Grayscale Word Secondary Capture Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.7.4", "Multi-frame True Color Secondary Capture Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.8", "Standalone Overlay Storage (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9", "Standalone Curve Storage (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.1", "Waveform Storage - Trial (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.1.1", "12-lead ECG Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.1.2", "General ECG Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.1.3", "Ambulatory ECG Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.1.4", "General 32-bit ECG Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.2.1", "Hemodynamic Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.3.1", "Cardiac Electrophysiology Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.4.1", "Basic Voice Audio Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.4.2", "General Audio Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.5.1", "Arterial Pulse Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.6.1", "Respiratory Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.6.2", "Multi-channel Respiratory Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.7.1", "Routine Scalp Electroencephalogram Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.7.2", "Electromyogram Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.7.3", "Electrooculogram Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.7.4", "Sleep Electroencephalogram Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.8.1", "Body Position Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.100.1", "Waveform Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.9.100.2", "Waveform Acquisition Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.10", "Standalone Modality LUT Storage (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11", "Standalone VOI LUT Storage (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.2", "Color Softcopy Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.3", "Pseudo-Color Softcopy Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.4", "Blending Softcopy Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.5", "XA/XRF Grayscale Softcopy Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.6", "Grayscale Planar MPR Volumetric Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.7", "Compositing Planar MPR Volumetric Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.8", "Advanced Blending Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.9", "Volume Rendering Volumetric Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.10", "Segmented Volume Rendering Volumetric Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.11", "Multiple Volume Rendering Volumetric Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.11.12", "Variable Modality LUT Softcopy Presentation State Storage", Kind::PresentationState, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.12.1.1", "Enhanced XA Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.12.2.1", "Enhanced XRF Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.12.3", "X-Ray Angiographic Bi-Plane Image Storage (Retired)", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.13.1.1", "X-Ray 3D Angiographic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.13.1.2", "X-Ray 3D Craniofacial Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.13.1.3", "Breast Tomosynthesis Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.13.1.4", "Breast Projection X-Ray Image Storage - For Presentation", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.13.1.5", "Breast Projection X-Ray Image Storage - For Processing", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.14.1", "Intravascular Optical Coherence Tomography Image Storage - For Presentation", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.14.2", "Intravascular Optical Coherence Tomography Image Storage - For Processing", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.30", "Parametric Map Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.1", "Spatial Registration Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.2", "Spatial Fiducials Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.3", "Deformable Spatial Registration Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.5", "Surface Segmentation Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.6", "Tractography Results Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.7", "Label Map Segmentation Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.66.8", "Height Map Segmentation Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.67", "Real World Value Mapping Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.68.1", "Surface Scan Mesh Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.68.2", "Surface Scan Point Cloud Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1", "VL Image Storage - Trial (Retired)", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.1", "VL Endoscopic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.1.1", "Video Endoscopic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.2", "VL Microscopic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.2.1", "Video Microscopic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.3", "VL Slide-Coordinates Microscopic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.4.1", "Video Photographic Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.1", "Ophthalmic Photography 8 Bit Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.2", "Ophthalmic Photography 16 Bit Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.3", "Stereometric Relationship Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.4", "Ophthalmic Tomography Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.5", "Wide Field Ophthalmic Photography Stereographic Projection Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.6", "Wide Field Ophthalmic Photography 3D Coordinates Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.7", "Ophthalmic Optical Coherence Tomography En Face Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.5.8", "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.6", "VL Whole Slide Microscopy Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.7", "Dermoscopic Photography Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.8", "Confocal Microscopy Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.1.9", "Confocal Microscopy Tiled Pyramidal Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.77.2", "VL Multi-frame Image Storage - Trial (Retired)", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.1", "Lensometry Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.2", "Autorefraction Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.3", "Keratometry Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.4", "Subjective Refraction Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.5", "Visual Acuity Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.6", "Spectacle Prescription Report Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.7", "Ophthalmic Axial Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.78.8", "Intraocular Lens Calculations Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.79.1", "Macular Grid Thickness and Volume Report Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.80.1", "Ophthalmic Visual Field Static Perimetry Measurements Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.81.1", "Ophthalmic Thickness Map Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.82.1", "Corneal Topography Map Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.1", "Text SR Storage - Trial (Retired)", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.2", "Audio SR Storage - Trial (Retired)", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.3", "Detail SR Storage - Trial (Retired)", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.4", "Comprehensive SR Storage - Trial (Retired)", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.34", "Comprehensive 3D SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.35", "Extensible SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.40", "Procedure Log Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.50", "Mammography CAD SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.65", "Chest CAD SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.67", "X-Ray Radiation Dose SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.68", "Radiopharmaceutical Radiation Dose SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.69", "Colon CAD SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.70", "Implantation Plan SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.71", "Acquisition Context SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.72", "Simplified Adult Echo SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.73", "Patient Radiation Dose SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.74", "Planned Imaging Agent Administration SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.75", "Performed Imaging Agent Administration SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.76", "Enhanced X-Ray Radiation Dose SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.88.77", "Waveform Annotation SR Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.90.1", "Content Assessment Results Storage", Kind::Document, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.91.1", "Microscopy Bulk Simple Annotations Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.104.1", "Encapsulated PDF Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.104.2", "Encapsulated CDA Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.104.3", "Encapsulated STL Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.104.4", "Encapsulated OBJ Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.104.5", "Encapsulated MTL Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.128.1", "Legacy Converted Enhanced PET Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.129", "Standalone PET Curve Storage (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.130", "Enhanced PET Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.131", "Basic Structured Display Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.200.1", "CT Defined Procedure Protocol Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.200.2", "CT Performed Procedure Protocol Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.200.3", "Protocol Approval Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.200.7", "XA Defined Procedure Protocol Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.200.8", "XA Performed Procedure Protocol Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.201.1", "Inventory Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.1", "RT Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.2", "RT Dose Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.4", "RT Beams Treatment Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.5", "RT Plan Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.6", "RT Brachy Treatment Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.7", "RT Treatment Summary Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.8", "RT Ion Plan Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.9", "RT Ion Beams Treatment Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.10", "RT Physician Intent Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.11", "RT Segment Annotation Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.12", "RT Radiation Set Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.13", "C-Arm Photon-Electron Radiation Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.14", "Tomotherapeutic Radiation Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.15", "Robotic-Arm Radiation Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.16", "RT Radiation Record Set Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.17", "RT Radiation Salvage Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.18", "Tomotherapeutic Radiation Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.19", "C-Arm Photon-Electron Radiation Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.20", "Robotic Radiation Record Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.21", "RT Radiation Set Delivery Instruction Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.22", "RT Treatment Preparation Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.23", "Enhanced RT Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.24", "Enhanced Continuous RT Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.481.25", "RT Patient Position Acquisition Instruction Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.1", "DICOS CT Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.2.1", "DICOS Digital X-Ray Image Storage - For Presentation", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.2.2", "DICOS Digital X-Ray Image Storage - For Processing", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.3", "DICOS Threat Detection Report Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.4", "DICOS 2D AIT Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.5", "DICOS 3D AIT Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.501.6", "DICOS Quadrupole Resonance (QR) Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.601.1", "Eddy Current Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.601.2", "Eddy Current Multi-frame Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.601.3", "Thermography Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.601.4", "Thermography Multi-frame Image Storage", Kind::Image, Roles::BOTH),
    further("1.2.840.10008.5.1.4.1.1.601.5", "Ultrasound Waveform Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.34.1", "RT Beams Delivery Instruction Storage - Trial (Retired)", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.34.7", "RT Beams Delivery Instruction Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.34.10", "RT Brachy Application Setup Delivery Instruction Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.38.1", "Hanging Protocol Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.39.1", "Color Palette Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.43.1", "Generic Implant Template Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.44.1", "Implant Assembly Template Storage", Kind::Other, Roles::BOTH),
    further("1.2.840.10008.5.1.4.45.1", "Implant Template Group Storage", Kind::Other, Roles::BOTH),
];
