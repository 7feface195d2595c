//! The vocabulary of the language, one kind a file.
