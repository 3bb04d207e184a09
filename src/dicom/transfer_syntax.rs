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

    /// The uncompressed syntax of an encoding.
    pub fn native(encoding: Encoding) -> &'static TransferSyntax {
        TRANSFER_SYNTAXES
            .iter()
            .find(|syntax| syntax.encoding == encoding && syntax.codec == PixelCodec::Native)
            .expect("each of the three encodings has its native row in TRANSFER_SYNTAXES")
    }

    /// The syntax that the first bytes of a compressed frame show, when nothing else names it.
    pub fn of_codestream(head: &[u8]) -> Option<&'static TransferSyntax> {
        let codec = match head {
            [0xFF, 0x4F, 0xFF, 0x51, ..] => return Self::find("1.2.840.10008.1.2.4.91"),
            [0xFF, 0xD8, 0xFF, ..] => jpeg_process(head)?,
            // An RLE header: one to fifteen segments, the first behind the header (PS3.5 §G.5).
            [1..=15, 0, 0, 0, 64, 0, 0, 0, ..] => PixelCodec::Rle,
            _ => return None,
        };
        TRANSFER_SYNTAXES
            .iter()
            .find(|syntax| syntax.codec == codec)
    }
}

const fn exact(uid: &'static str, name: &'static str, codec: PixelCodec) -> TransferSyntax {
    TransferSyntax {
        uid,
        name,
        encoding: Encoding::ExplicitLittle,
        codec,
        lossy: false,
    }
}

const fn lossy(uid: &'static str, name: &'static str, codec: PixelCodec) -> TransferSyntax {
    TransferSyntax {
        uid,
        name,
        encoding: Encoding::ExplicitLittle,
        codec,
        lossy: true,
    }
}

/// Implicit VR Little Endian: what everyone must understand (PS3.5 §10.1).
pub const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian.
pub const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
/// Explicit VR Big Endian.
pub const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";

/// Tables 7 and 24: verification, asked and answered.
pub const VERIFICATION: &[&str] = &[IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG];
/// Table 9: query.
pub const QUERY: &[&str] = VERIFICATION;
/// Table 18: move.
pub const MOVE: &[&str] = VERIFICATION;
/// Tables 20 and 27: storage, sending and receiving. As SCP every other known syntax is taken as well.
pub const STORAGE: &[&str] = &[
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    EXPLICIT_BIG,
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.5",
];
/// Table 22: print.
pub const PRINT: &[&str] = &[EXPLICIT_LITTLE];

/// Every transfer syntax we know (PS3.6 Table A-1).
// A table: one row a line, however long.
#[rustfmt::skip]
pub const TRANSFER_SYNTAXES: &[TransferSyntax] = &{
    use PixelCodec::*;
    [
        TransferSyntax { uid: "1.2.840.10008.1.2", name: "Implicit VR Little Endian", encoding: Encoding::ImplicitLittle, codec: Native, lossy: false },
        exact("1.2.840.10008.1.2.1", "Explicit VR Little Endian", Native),
        exact("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", Other),
        exact("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", Deflated),
        TransferSyntax { uid: "1.2.840.10008.1.2.2", name: "Explicit VR Big Endian (Retired)", encoding: Encoding::ExplicitBig, codec: Native, lossy: false },
        lossy("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", JpegBaseline),
        lossy("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 & 4)", JpegExtended),
        lossy("1.2.840.10008.1.2.4.52", "JPEG Extended (Process 3 & 5) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.54", "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 & 12) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.56", "JPEG Full Progression, Non-Hierarchical (Process 11 & 13) (Retired)", Other),
        exact("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", JpegLossless),
        exact("1.2.840.10008.1.2.4.58", "JPEG Lossless, Non-Hierarchical (Process 15) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.59", "JPEG Extended, Hierarchical (Process 16 & 18) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.60", "JPEG Extended, Hierarchical (Process 17 & 19) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.61", "JPEG Spectral Selection, Hierarchical (Process 20 & 22) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.62", "JPEG Spectral Selection, Hierarchical (Process 21 & 23) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.63", "JPEG Full Progression, Hierarchical (Process 24 & 26) (Retired)", Other),
        lossy("1.2.840.10008.1.2.4.64", "JPEG Full Progression, Hierarchical (Process 25 & 27) (Retired)", Other),
        exact("1.2.840.10008.1.2.4.65", "JPEG Lossless, Hierarchical (Process 28) (Retired)", Other),
        exact("1.2.840.10008.1.2.4.66", "JPEG Lossless, Hierarchical (Process 29) (Retired)", Other),
        exact("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])", JpegLossless),
        exact("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression", JpegLs),
        lossy("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", JpegLs),
        exact("1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)", Jpeg2000),
        lossy("1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression", Jpeg2000),
        exact("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", Other),
        lossy("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression", Other),
        lossy("1.2.840.10008.1.2.4.94", "JPIP Referenced", Other),
        lossy("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", Other),
        lossy("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", Other),
        lossy("1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", Other),
        lossy("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level", Other),
        lossy("1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level", Other),
        lossy("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", Other),
        lossy("1.2.840.10008.1.2.4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", Other),
        lossy("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", Other),
        lossy("1.2.840.10008.1.2.4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", Other),
        lossy("1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", Other),
        lossy("1.2.840.10008.1.2.4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", Other),
        lossy("1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", Other),
        lossy("1.2.840.10008.1.2.4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", Other),
        lossy("1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", Other),
        lossy("1.2.840.10008.1.2.4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", Other),
        lossy("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1", Other),
        lossy("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", Other),
        exact("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", JpegXl),
        lossy("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", JpegXl),
        lossy("1.2.840.10008.1.2.4.112", "JPEG XL", JpegXl),
        exact("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", Jpeg2000),
        exact("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)", Jpeg2000),
        lossy("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression", Jpeg2000),
        lossy("1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced", Other),
        lossy("1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", Other),
        exact("1.2.840.10008.1.2.5", "RLE Lossless", Rle),
        exact("1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video", Other),
        exact("1.2.840.10008.1.2.7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video", Other),
        exact("1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio", Other),
        exact("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", Other),
    ]
};

/// The JPEG process that the first frame header of a codestream names.
fn jpeg_process(head: &[u8]) -> Option<PixelCodec> {
    let mut position = 2;
    loop {
        let [0xFF, marker, high, low] = *head.get(position..)?.first_chunk::<4>()? else {
            return None;
        };
        match marker {
            0xC0 => return Some(PixelCodec::JpegBaseline),
            0xC1 => return Some(PixelCodec::JpegExtended),
            0xC3 => return Some(PixelCodec::JpegLossless),
            0xF7 => return Some(PixelCodec::JpegLs),
            0xDA => return None,
            _ => position += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}
