use crate::data::Step;

#[derive(Deserialize)]
#[serde(rename = "flatten", untagged)]
pub enum Cast {
    Iter(Vec<Step>),
}
