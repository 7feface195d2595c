use crate::components::Paginator;
use crate::expr;

pub struct Plan;
