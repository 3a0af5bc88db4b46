//! Joins checksums: that of bytes behind other bytes, from those of both and without reading either.
//!
//! A CRC is the remainder of its bytes as a polynomial over GF(2), so bytes that follow multiply it
//! by a power of x. The inversions at the start and the end of CRC-64/NVME cancel out.

/// The highest bit is the coefficient of x⁰, since the algorithm takes bytes in from their lowest
/// bit.
const ONE: u64 = 1 << 63;

/// The polynomial of CRC-64/NVME, turned to the order of bits above.
const MODULUS: u64 = 0xAD93_D235_94C9_3659_u64.reverse_bits();

/// The checksum of some bytes with the checksum `first` and then `second_bytes` bytes with the
/// checksum `second`.
pub(super) fn join(first: u64, second: u64, second_bytes: u64) -> u64 {
    // x⁸, squared as often as there are bits in the count.
    let mut power = ONE >> 8;
    let mut remaining = second_bytes;
    let mut shifted = first;
    while remaining > 0 {
        if remaining & 1 == 1 {
            shifted = product(shifted, power);
        }
        power = product(power, power);
        remaining >>= 1;
    }
    shifted ^ second
}

/// The product of two polynomials, modulo that of the checksum.
fn product(mut left: u64, mut right: u64) -> u64 {
    let mut sum = 0;
    while left != 0 {
        if left & ONE != 0 {
            sum ^= right;
        }
        left <<= 1;
        let overflows = right & 1 == 1;
        right >>= 1;
        if overflows {
            right ^= MODULUS;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use s3s::crypto::{Checksum, Crc64Nvme};

    use super::*;

    fn checksum(bytes: &[u8]) -> u64 {
        u64::from_be_bytes(Crc64Nvme::checksum(bytes))
    }

    #[test]
    fn the_checksums_of_both_halves_make_the_published_one() {
        for at in 0..=9 {
            let (first, second) = b"123456789".split_at(at);
            let joined = join(checksum(first), checksum(second), second.len() as u64);
            assert_eq!(joined, 0xAE8B_1486_0A79_9888, "{at}");
        }
    }

    #[test]
    fn a_long_second_half_moves_the_first_as_far() {
        let bytes: Vec<u8> = (0..1_000_003u32)
            .map(|n| (n * 31 + n / 251) as u8)
            .collect();
        for at in [1, 4096, 500_000, 1_000_002] {
            let (first, second) = bytes.split_at(at);
            let joined = join(checksum(first), checksum(second), second.len() as u64);
            assert_eq!(joined, checksum(&bytes), "{at}");
        }
    }
}
