mod template;

pub fn compile() -> minijinja::Value {
    "minijinja and jsonpath_rust".into()
}
