pub mod auth;
pub mod decode;
pub mod pagination;

pub use pagination::Paginator;
