//! Who we say we are on the wire and in files (statement 3.1.1.4).

/// Private Information Creator UID (0002,0100) of the certificates in our object files; no serial number is 0.
pub const PRIVATE_INFORMATION_CREATOR_UID: &str = "1.2.826.0.1.3680043.2.406.0.1";

/// Implementation Class UID: the vendor root, the product, the machine's serial number (without leading zeros, PS3.5 §9.1).
pub fn implementation_class_uid(serial: u32) -> String {
    format!("1.2.826.0.1.3680043.2.406.{serial}")
}

/// Implementation Version Name: product and the digits of the package version, `GIOL_DIAM_400` for 4.0.0.
pub fn implementation_version_name() -> String {
    let digits: String = env!("CARGO_PKG_VERSION")
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    format!("GIOL_DIAM_{digits}")
}
