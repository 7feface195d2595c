//! `basic` and `digest`: a user name and a password.

use crate::components::context::Cx;
use crate::components::forms::{Template, Text};
use crate::components::scope::At;
use crate::expr::Compiled;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A user name and a password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "User")]
pub struct UserSpec {
    /// The user name.
    pub username: Text<Template>,
    /// The password, empty unless given.
    pub password: Option<Text<Template>>,
}

impl UserSpec {
    pub(super) fn compile(&self, cx: &mut Cx<'_>, at: At) -> Option<(Arc<Compiled>, Option<Arc<Compiled>>)> {
        let username = cx.request_text(&self.username, at);
        let password = self.password.as_ref().map(|password| cx.request_text(password, at));
        Some((
            username?,
            match password {
                Some(password) => Some(password?),
                None => None,
            },
        ))
    }
}
