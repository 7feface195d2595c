//! What of the language the engine does not run yet: told as a note where it is written, never as an unknown key.

use crate::components::auth::AuthSpec;
use crate::components::decode::{DecodeSpec, WrappedSpec};
use crate::components::errors::{OutcomeSpec, RuleSpec};
use crate::components::forms::Short;
use crate::components::pagination::PaginateSpec;
use crate::components::partition::ForEachSpec;
use crate::components::transform::TransformSpec;
use crate::diagnostic::{Code, Report};
use crate::manifest::{ManifestSpec, StreamSpec};
use crate::text::{Named, Span};

/// Pushes a note for each thing that nothing runs yet.
pub(super) fn note(spec: &ManifestSpec, report: &mut Report) {
    let mut notes = Notes { report };
    if let Some(auth) = &spec.auth {
        notes.auth(auth, spec.connector.span);
    }
    for (word, entry) in [
        ("once", spec.once.as_ref().and_then(|named| named.iter().next()).map(|entry| entry.span)),
        ("actions", spec.actions.as_ref().and_then(|named| named.iter().next()).map(|entry| entry.span)),
        ("dynamic", spec.dynamic.as_ref().and_then(|named| named.iter().next()).map(|entry| entry.span)),
    ] {
        if let Some(span) = entry {
            notes.say(word, span);
        }
    }
    let streams = spec.streams.iter().flat_map(Named::iter);
    for entry in streams {
        if let Some(Short::Map(stream)) = &entry.value {
            notes.stream(stream, entry.span);
        }
    }
    for entry in spec.dynamic.iter().flat_map(Named::iter) {
        if let Some(Short::Map(stream)) = entry.value.as_ref().map(|group| &*group.stream) {
            notes.stream(stream, entry.span);
        }
    }
}

struct Notes<'a> {
    report: &'a mut Report,
}

impl Notes<'_> {
    fn say(&mut self, word: &str, at: Span) {
        self.report.add_note(Code::E0400, at, word, "it is checked, and it can't be run by this version");
    }

    fn stream(&mut self, spec: &StreamSpec, span: Span) {
        if let Some(job) = &spec.job {
            self.say("job", job.key);
        }
        if let Some(from) = &spec.from {
            self.say("from", from.key);
        }
        if let Some(changes) = &spec.changes {
            self.say("changes", changes.key);
        }
        if let Some(pages) = &spec.paginate {
            self.pages(&pages.value, pages.key);
        }
        for (word, key) in [
            ("schema", spec.schema.as_ref().map(|held| held.key)),
            ("hydrate", spec.hydrate.as_ref().map(|held| held.key)),
            ("file", spec.file.as_ref().map(|held| held.key)),
            ("chunk", spec.chunk.as_ref().map(|held| held.key)),
            ("write", spec.write.as_ref().map(|held| held.key)),
        ] {
            if let Some(key) = key {
                self.say(word, key);
            }
        }
        for (word, there) in [
            ("get", spec.get.is_some()),
            ("entity", spec.entity.is_some()),
            ("relationships", spec.relationships.is_some()),
            ("actions", spec.actions.is_some()),
            ("cache", spec.cache.is_some()),
            ("lane", spec.lane.is_some()),
        ] {
            if there {
                self.say(word, span);
            }
        }
        if let Some(auth) = &spec.auth {
            self.auth(auth, span);
        }
        if let Some(decode) = &spec.decode {
            self.decode(decode, span);
        }
        for step in spec.transform.iter().flatten() {
            let word = match step {
                TransformSpec::Keys(_) => "keys",
                TransformSpec::Flatten(_) => "flatten",
                TransformSpec::Lift(_) => "lift",
                TransformSpec::Explode(_) => "explode",
                TransformSpec::Rows(_) => "rows",
                TransformSpec::Columns(_) => "columns",
                TransformSpec::Entries(_) => "entries",
                TransformSpec::Pivot(_) => "pivot",
                _ => continue,
            };
            self.say(word, span);
        }
        for rule in spec.errors.iter().flatten() {
            self.rule(&rule.value, span);
        }
        if let Some(incremental) = &spec.incremental
            && let Short::Map(settings) = &incremental.value
        {
            if let Some(token) = &settings.token {
                self.say("token", token.span);
            }
            if settings.replace.is_some() {
                self.say("replace", incremental.key);
            }
            if settings.shared.is_some() {
                self.say("shared", incremental.key);
            }
        }
        for entry in spec.for_each.iter().flat_map(|each| each.value.iter()) {
            let Some(ForEachSpec::Map(parent)) = &entry.value else { continue };
            for (word, there) in [
                ("batch", parent.batch.is_some()),
                ("recurse", parent.recurse.is_some()),
                ("changed_only", parent.changed_only.is_some()),
            ] {
                if there {
                    self.say(word, entry.span);
                }
            }
        }
    }

    fn pages(&mut self, pages: &PaginateSpec, at: Span) {
        match pages {
            PaginateSpec::Relay(_) => self.say("relay", at),
            PaginateSpec::Choose(choose) => {
                for case in choose.of.iter() {
                    if let Some(pages) = &case.value {
                        self.pages(pages, case.span);
                    }
                }
            }
            _ => {}
        }
    }

    fn auth(&mut self, auth: &AuthSpec, at: Span) {
        match auth {
            AuthSpec::Oauth2(_)
            | AuthSpec::Login(_)
            | AuthSpec::Jwt(_)
            | AuthSpec::Sigv4(_)
            | AuthSpec::Hmac(_)
            | AuthSpec::Digest(_)
            | AuthSpec::Oauth1(_)
            | AuthSpec::Rotate(_) => self.say(auth.kind(), at),
            AuthSpec::AllOf(kinds) => kinds.iter().for_each(|kind| self.auth(kind, at)),
            AuthSpec::Choose(choose) => {
                for case in choose.of.iter() {
                    if let Some(auth) = &case.value {
                        self.auth(auth, case.span);
                    }
                }
            }
            _ => {}
        }
    }

    fn decode(&mut self, decode: &DecodeSpec, at: Span) {
        match decode {
            DecodeSpec::Xml(_) => self.say("xml", at),
            DecodeSpec::Zip(_) => self.say("zip", at),
            DecodeSpec::Gzip(inner) => match &**inner {
                WrappedSpec::Always(inner) => self.decode(inner, at),
                WrappedSpec::When(spec) => self.decode(&spec.then, at),
            },
            DecodeSpec::Choose(choose) => {
                for case in choose.of.iter() {
                    if let Some(decode) = &case.value {
                        self.decode(decode, case.span);
                    }
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, rule: &RuleSpec, at: Span) {
        match rule.then.value {
            OutcomeSpec::Split => self.say("split", at),
            OutcomeSpec::Reset => self.say("reset", at),
            _ => {}
        }
    }
}
