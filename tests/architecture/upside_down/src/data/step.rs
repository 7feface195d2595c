use super::Value;

pub struct Step {
    #[serde(flatten)]
    rest: Value,
}

fn flat(parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.into_iter().flatten().collect()
}
