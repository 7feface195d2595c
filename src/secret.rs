//! Values that must never be shown.

mod mask;

pub use mask::Mask;

/// Holds a secret. It has no `Debug`, no `Display` and no `Serialize`, so that it can't slip into a message.
#[derive(Clone)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Gives the value to the one place that sends it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}
