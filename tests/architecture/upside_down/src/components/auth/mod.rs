use crate::components::pagination;
