//! How long and how large a request and its answer may be. A manifest may lower these, only the user may raise them.

use std::time::Duration;

/// How long one try may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From the request to the head of the answer, connecting included.
    pub head: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// All of it: redirects and body included.
    pub request: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let minute = Duration::from_mins(1);
        Self { head: minute, idle: minute, request: 10 * minute }
    }
}

/// How large a request and its answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of a body as it is sent to us.
    pub wire: u64,
    /// Bytes of a body after unpacking.
    pub decoded: u64,
    /// Bytes of all headers of an answer.
    pub headers: usize,
    /// How many times larger unpacked than packed, once a MiB is unpacked.
    pub ratio: u64,
    /// Redirects that are followed one after another.
    pub redirects: u32,
    /// Bytes of an address.
    pub url: usize,
    /// Bytes of one header that is sent.
    pub header: usize,
    /// Bytes of a body that is sent.
    pub body: usize,
    /// Bytes that are read of the body of an error.
    pub error: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            wire: 256 << 20,
            decoded: 256 << 20,
            headers: 64 << 10,
            ratio: 200,
            redirects: 5,
            url: 8 << 10,
            header: 8 << 10,
            body: 16 << 20,
            error: 64 << 10,
        }
    }
}

/// Writes a number of bytes as people say it: `64 KiB`.
pub(super) fn spoken_size(bytes: u64) -> String {
    match bytes {
        n if n >= 1 << 20 && n.is_multiple_of(1 << 20) => format!("{} MiB", n >> 20),
        n if n >= 1 << 10 && n.is_multiple_of(1 << 10) => format!("{} KiB", n >> 10),
        n => format!("{n} bytes"),
    }
}

/// Writes a length of time as people say it: `24 h`, `5 min`, `1.5 s`.
pub fn spoken_time(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        let millis = time.as_millis();
        return match (millis / 1000, millis % 1000) {
            (0, rest) if rest > 0 => format!("{rest} ms"),
            (whole, 0) => format!("{whole} s"),
            (whole, rest) => format!("{whole}.{} s", format!("{rest:03}").trim_end_matches('0')),
        };
    }
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let told: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_as_people_say_them() {
        let times = [
            (0, "0 s"),
            (250, "250 ms"),
            (1_500, "1.5 s"),
            (1_050, "1.05 s"),
            (60_000, "1 min"),
            (86_400_000, "24 h"),
            (5_430_000, "1 h 30 min 30 s"),
        ];
        for (millis, text) in times {
            assert_eq!(spoken_time(Duration::from_millis(millis)), text);
        }
        for (bytes, text) in [(10, "10 bytes"), (65_536, "64 KiB"), (256 << 20, "256 MiB"), (1_500, "1500 bytes")] {
            assert_eq!(spoken_size(bytes), text);
        }
    }
}
