//! The document types: connector, stream, action, project, tests.
