//! What can be set about the well-behaved API, in Rust or by words in a query.

use std::str::FromStr;

#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The number of items; `?n=` goes before it.
    pub n: usize,
    /// Records a page where the request names no size, and the most it may ask for.
    pub page_size: usize,
    pub page_max: usize,
    /// Added to every response.
    pub latency_ms: u64,
    /// A token bucket: requests per second, 0 for none, and how many at once.
    pub rate: f64,
    pub burst: f64,
    /// What a 429 asks for; 0 for what the bucket needs.
    pub retry_after: u64,
    pub retry_form: RetryForm,
    pub rl_headers: RateHeaders,
    /// The share of requests answered by 500 or 503, and of bodies that break off half-way.
    pub err_rate: f64,
    pub drop_rate: f64,
    pub seed: u64,
    /// Packs bodies where the client takes it.
    pub gzip: bool,
    pub projects: usize,
    pub task_pages: usize,
    pub task_page_size: usize,
    /// The `Date` header.
    pub date: DateHeader,
}

/// How `Retry-After` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryForm {
    Seconds,
    Date,
}

/// What an answer tells of the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateHeaders {
    RetryAfter,
    XRatelimit,
    Both,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateHeader {
    /// The time of this machine.
    Real,
    /// The virtual time that stamps the data.
    Virtual,
    Absent,
    At(jiff::Timestamp),
}

impl Default for Config {
    fn default() -> Self {
        Config {
            n: 10_000,
            page_size: 100,
            page_max: 1000,
            latency_ms: 0,
            rate: 0.0,
            burst: 1.0,
            retry_after: 1,
            retry_form: RetryForm::Seconds,
            rl_headers: RateHeaders::Both,
            err_rate: 0.0,
            drop_rate: 0.0,
            seed: 1,
            gzip: false,
            projects: 200,
            task_pages: 5,
            task_page_size: 100,
            date: DateHeader::Real,
        }
    }
}

impl Config {
    /// Sets a field by its name; the error says what is wrong.
    pub fn set(&mut self, word: &str, value: &str) -> Result<(), String> {
        match word {
            "n" => self.n = read(word, value)?,
            "page_size" => self.page_size = read(word, value)?,
            "page_max" => self.page_max = read(word, value)?,
            "latency_ms" => self.latency_ms = read(word, value)?,
            "rate" => self.rate = read(word, value)?,
            "burst" => self.burst = read(word, value)?,
            "retry_after" => self.retry_after = read(word, value)?,
            "retry_form" => {
                self.retry_form = one_of(word, value, &[("seconds", RetryForm::Seconds), ("date", RetryForm::Date)])?;
            }
            "rl_headers" => {
                let forms = [
                    ("retry-after", RateHeaders::RetryAfter),
                    ("xratelimit", RateHeaders::XRatelimit),
                    ("both", RateHeaders::Both),
                    ("none", RateHeaders::None),
                ];
                self.rl_headers = one_of(word, value, &forms)?;
            }
            "err_rate" => self.err_rate = read(word, value)?,
            "drop_rate" => self.drop_rate = read(word, value)?,
            "seed" => self.seed = read(word, value)?,
            "gzip" => self.gzip = matches!(value, "1" | "on" | "true"),
            "projects" => self.projects = read(word, value)?,
            "task_pages" => self.task_pages = read(word, value)?,
            "task_page_size" => self.task_page_size = read(word, value)?,
            "date" => {
                self.date = match value {
                    "real" => DateHeader::Real,
                    "virtual" => DateHeader::Virtual,
                    "none" => DateHeader::Absent,
                    _ => DateHeader::At(read(word, value)?),
                };
            }
            _ => return Err(format!("unknown option {word}")),
        }
        Ok(())
    }
}

pub(super) fn read<T: FromStr>(word: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("bad value for {word}: {value}"))
}

fn one_of<T: Copy>(word: &str, value: &str, forms: &[(&str, T)]) -> Result<T, String> {
    let found = forms.iter().find(|(form, _)| *form == value).map(|(_, meant)| *meant);
    found.ok_or_else(|| format!("bad value for {word}: {value}"))
}
