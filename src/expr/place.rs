pub trait Path: Send + Sync + std::fmt::Debug {
    fn steps(&self) -> Option<&[crate::data::Step]>;
    fn singular(&self) -> bool;
}
pub fn compile(_: &str) -> Result<std::sync::Arc<dyn Path>, crate::diagnostic::Problem> {
    Err(crate::diagnostic::Problem::new(crate::diagnostic::Code::E0204, 0..0, ""))
}
