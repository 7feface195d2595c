use crate::{
    secret::Secret,
    text::{self, Span},
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_counts_too() {
        crate::cli::main();
    }
}
