use crate::components::Paginator;
