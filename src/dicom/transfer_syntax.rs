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
    TransferSyntax {
        uid: "1.2.840.10008.1.2.1.98",
        name: "Encapsulated Uncompressed Explicit VR Little Endian",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.1.99",
        name: "Deflated Explicit VR Little Endian",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Deflated,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.2",
        name: "Explicit VR Big Endian (Retired)",
        encoding: Encoding::ExplicitBig,
        codec: PixelCodec::Native,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.50",
        name: "JPEG Baseline (Process 1)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegBaseline,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.51",
        name: "JPEG Extended (Process 2 & 4)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegExtended,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.52",
        name: "JPEG Extended (Process 3 & 5) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.53",
        name: "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.54",
        name: "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.55",
        name: "JPEG Full Progression, Non-Hierarchical (Process 10 & 12) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.56",
        name: "JPEG Full Progression, Non-Hierarchical (Process 11 & 13) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.57",
        name: "JPEG Lossless, Non-Hierarchical (Process 14)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegLossless,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.58",
        name: "JPEG Lossless, Non-Hierarchical (Process 15) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.59",
        name: "JPEG Extended, Hierarchical (Process 16 & 18) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.60",
        name: "JPEG Extended, Hierarchical (Process 17 & 19) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.61",
        name: "JPEG Spectral Selection, Hierarchical (Process 20 & 22) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.62",
        name: "JPEG Spectral Selection, Hierarchical (Process 21 & 23) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.63",
        name: "JPEG Full Progression, Hierarchical (Process 24 & 26) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.64",
        name: "JPEG Full Progression, Hierarchical (Process 25 & 27) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.65",
        name: "JPEG Lossless, Hierarchical (Process 28) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.66",
        name: "JPEG Lossless, Hierarchical (Process 29) (Retired)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.70",
        name: "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegLossless,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.80",
        name: "JPEG-LS Lossless Image Compression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegLs,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.81",
        name: "JPEG-LS Lossy (Near-Lossless) Image Compression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegLs,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.90",
        name: "JPEG 2000 Image Compression (Lossless Only)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Jpeg2000,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.91",
        name: "JPEG 2000 Image Compression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Jpeg2000,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.92",
        name: "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.93",
        name: "JPEG 2000 Part 2 Multi-component Image Compression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.94",
        name: "JPIP Referenced",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.95",
        name: "JPIP Referenced Deflate",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.100",
        name: "MPEG2 Main Profile / Main Level",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.100.1",
        name: "Fragmentable MPEG2 Main Profile / Main Level",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.101",
        name: "MPEG2 Main Profile / High Level",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.101.1",
        name: "Fragmentable MPEG2 Main Profile / High Level",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.102",
        name: "MPEG-4 AVC/H.264 High Profile / Level 4.1",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.102.1",
        name: "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.103",
        name: "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.103.1",
        name: "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.104",
        name: "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.104.1",
        name: "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.105",
        name: "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.105.1",
        name: "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.106",
        name: "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.106.1",
        name: "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.107",
        name: "HEVC/H.265 Main Profile / Level 5.1",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.108",
        name: "HEVC/H.265 Main 10 Profile / Level 5.1",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.110",
        name: "JPEG XL Lossless",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegXl,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.111",
        name: "JPEG XL JPEG Recompression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegXl,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.112",
        name: "JPEG XL",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::JpegXl,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.201",
        name: "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Jpeg2000,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.202",
        name: "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Jpeg2000,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.203",
        name: "High-Throughput JPEG 2000 Image Compression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Jpeg2000,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.204",
        name: "JPIP HTJ2K Referenced",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.4.205",
        name: "JPIP HTJ2K Referenced Deflate",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: true,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.5",
        name: "RLE Lossless",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Rle,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.7.1",
        name: "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.7.2",
        name: "SMPTE ST 2110-20 Uncompressed Interlaced Active Video",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.7.3",
        name: "SMPTE ST 2110-30 PCM Digital Audio",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
    TransferSyntax {
        uid: "1.2.840.10008.1.2.8.1",
        name: "Deflated Image Frame Compression",
        encoding: Encoding::ExplicitLittle,
        codec: PixelCodec::Other,
        lossy: false,
    },
];

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
