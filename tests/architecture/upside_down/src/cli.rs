use crate::plan::Plan;
use crate::text::read;

pub fn main() {}
