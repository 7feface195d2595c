pub struct Secret(r#"crate::plan::Plan in a "raw" text"#);
pub use crate::Plan;
pub use crate::shown;
