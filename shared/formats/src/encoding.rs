//! The standard's encodings for those that are read.

use sluice_import::encoding::Encoding;

/// See <https://encoding.spec.whatwg.org/>.
pub(crate) fn standard(encoding: Encoding) -> &'static encoding_rs::Encoding {
    match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::Utf16 | Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Gb18030 | Encoding::Gbk => encoding_rs::GB18030,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
    }
}
