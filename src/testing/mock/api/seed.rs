//! Numbers that look drawn and are the same every time.

/// Returns a number that depends on every bit of another.
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Draws one number after the other.
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Draw {
        Draw(mix(seed))
    }

    /// Returns a number below another, which is not zero.
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 = mix(self.0);
        usize::try_from(self.0 % most as u64).expect("is below a length")
    }

    pub(super) fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// Says whether an event of this likelihood happens at this place.
pub(super) fn happens(seed: u64, likelihood: f64) -> bool {
    const ALL: f64 = 4_294_967_296.0;
    let drawn = u32::try_from(mix(seed) >> 32).expect("has 32 bits");
    likelihood > 0.0 && f64::from(drawn) / ALL < likelihood
}
