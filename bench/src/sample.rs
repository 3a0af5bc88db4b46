//! Makes CSV text to measure with: the same bytes in each run, with the shapes of real files (about
//! one field in seven quoted; in quotes some delimiters, doubled quotes and line breaks).

/// CSV of at least `bytes` bytes, whole records only.
pub fn csv_text(bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 1024);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut number = 0_u64;
    text.extend_from_slice(b"member,name,phone,email,level,points,street,city,joined\n");
    while text.len() < bytes {
        number += 1;
        text.extend_from_slice(format!("M{number:08}").as_bytes());
        for _ in 0..8 {
            text.push(b',');
            field(&mut text, &mut random);
        }
        text.push(b'\n');
    }
    text
}

fn field(text: &mut Vec<u8>, random: &mut Random) {
    let length = 4 + random.below(16);
    if random.below(100) >= 17 {
        word(text, random, length);
        return;
    }
    text.push(b'"');
    word(text, random, length);
    match random.below(20) {
        0 | 1 => text.push(b'\n'),
        2..=4 => text.extend_from_slice(b"\"\""),
        5..=12 => text.extend_from_slice(b", "),
        _ => {}
    }
    word(text, random, length / 2);
    text.push(b'"');
}

fn word(text: &mut Vec<u8>, random: &mut Random, length: u64) {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz012345";
    let mut bits = random.next();
    for _ in 0..length {
        text.push(LETTERS[(bits & 31) as usize]);
        bits = bits.rotate_right(5);
    }
}

/// xorshift64*, by Vigna (<https://arxiv.org/abs/1402.6246>): quick, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }
}
