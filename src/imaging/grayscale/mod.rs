//! The grayscale chain: modality, VOI and presentation LUT (PS3.4 N.2).
