//! What a user must give, compiled.

use crate::components::context::{Aliases, fixed};
use crate::components::forms::Short;
use crate::components::scope::shape_of_param;
use crate::data::{self, ParamType, Type, Value};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::expr::shorthand::name::parse_name;
use crate::expr::shorthand::param::{Literal, check_default, parse_param};
use crate::expr::shorthand::types::{TypeRef, TypeShort, param_type_words, parse_param_type};
use crate::expr::{Member, Root};
use crate::manifest::{BaseSpec, ManifestSpec, ParamSpec};
use crate::text::{Content, Sources, Span};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// A param, compiled.
#[derive(Debug, Clone)]
pub struct Param {
    pub of: ParamType,
    pub required: bool,
    pub default: Option<Value>,
    /// Where it is declared.
    pub span: Span,
    pub spec: Option<Box<ParamSpec>>,
    /// Made from named base addresses, not written by the author.
    pub implied: bool,
}

impl Param {
    /// Returns what expressions know of it.
    pub fn member(&self, name: &str) -> Member {
        let member = Member::new(shape_of_param(&self.of));
        let member = if self.of.is_secret() { member.secret() } else { member };
        if self.required || self.default.is_some() {
            return member;
        }
        member.absent(format!("make it `{}!`, give it a default, or write `if params.{name}`", self.of))
    }
}

/// The params of a manifest: those that hold, and the names of those that do not.
#[derive(Debug, Default)]
pub(super) struct Params {
    pub known: IndexMap<String, Param>,
    pub types: IndexMap<String, ParamType>,
    pub broken: BTreeSet<String>,
}

/// Reads the params.
pub(super) fn compile(spec: &ManifestSpec, aliases: &Aliases, sources: &Sources, report: &mut Report) -> Params {
    let mut params = Params::default();
    for entry in spec.params.iter().flat_map(|params| params.iter()) {
        check_name(&entry.name, entry.span, sources, report);
        let read = entry.value.as_ref().and_then(|written| {
            let mut reader = Reader { aliases, sources, report };
            match written {
                Short::Other(text) => reader.short(&text.text, text.span),
                Short::Map(long) => reader.long(long),
            }
        });
        match read {
            Some(param) => {
                params.known.insert(entry.name.clone(), Param { span: entry.span, ..param });
            }
            None => {
                params.broken.insert(entry.name.clone());
            }
        }
    }
    if let Some(BaseSpec::Map(bases)) = &spec.base {
        if let Some(entry) = spec.params.as_ref().and_then(|params| params.entry("base")) {
            let (message, place) = ("`base` is the param that picks one of the named addresses", bases.iter().next());
            let told = Diagnostic::new(Code::E0511, entry.span, message).help("choose another name for this param");
            report.push(match place {
                Some(place) => told.also(place.span, "the named addresses"),
                None => told,
            });
        }
        let words: Vec<String> = bases.names().map(str::to_owned).collect();
        // The first address is taken unless the user picks another one.
        let default = words.first().map(|word| Value::Text(word.as_str().into()));
        let span = bases.iter().next().map_or(Span::default(), |entry| entry.span);
        let of = ParamType::Type(Type::Enum(words));
        let param = Param { of, required: false, default, span, spec: None, implied: true };
        params.known.entry("base".into()).or_insert(param);
    }
    params.types = params.known.iter().map(|(name, param)| (name.clone(), param.of.clone())).collect();
    params
}

fn check_name(name: &str, span: Span, sources: &Sources, report: &mut Report) {
    if let Err(problem) = parse_name(name) {
        report.push(problem.at(sources, span));
    } else if Root::reserved(name) == Some(Root::PARAMS) {
        report.push(
            Diagnostic::new(Code::E0510, span, "`params` can't be the name of a param").help("choose another name"),
        );
    }
}

struct Reader<'a> {
    aliases: &'a Aliases,
    sources: &'a Sources,
    report: &'a mut Report,
}

impl Reader<'_> {
    fn keep<T>(&mut self, result: Result<T, crate::diagnostic::Problem>, span: Span) -> Option<T> {
        result.map_err(|problem| self.report.push(problem.at(self.sources, span))).ok()
    }

    fn resolve(&mut self, kind: &TypeShort, span: Span) -> Option<ParamType> {
        let aliases = self.aliases;
        let mut names: Vec<&str> = param_type_words().collect();
        names.extend(aliases.known.keys().map(String::as_str));
        let resolved = kind.kind.resolve(&|name| aliases.known.get(name).cloned(), &names);
        let of = self.keep(resolved, span)?;
        if let ParamType::Type(of) = &of
            && let Err(flaw) = of.check()
        {
            let (data::TypeFlaw::Type(told) | data::TypeFlaw::Pattern(told) | data::TypeFlaw::Zone(told)) = flaw;
            self.report.push(Diagnostic::new(Code::E0218, span, told));
            return None;
        }
        Some(of)
    }

    fn short(&mut self, text: &str, span: Span) -> Option<Param> {
        let aliases = self.aliases;
        let parsed = self.keep(parse_param(text, &|name| aliases.declares(name)), span)?;
        let of = self.resolve(&parsed.kind, span)?;
        if let (Some(default), TypeRef::Alias(_) | TypeRef::ListOf { .. }) = (&parsed.default, &parsed.kind.kind) {
            self.keep(check_default(default, &of), span)?;
        }
        Some(Param {
            of,
            required: parsed.kind.required,
            default: parsed.default.map(|default| default.value),
            span,
            spec: None,
            implied: false,
        })
    }

    fn long(&mut self, spec: &ParamSpec) -> Option<Param> {
        let (text, span) = (&spec.type_.text, spec.type_.span);
        let aliases = self.aliases;
        let parsed = self.keep(parse_param_type(text, &|name| aliases.declares(name)), span)?;
        let of = self.resolve(&parsed, span)?;
        if let Some(pattern) = &spec.pattern {
            self.pattern(&pattern.text, pattern.span);
        }
        let mut default = None;
        if let Some(node) = &spec.default {
            if of.is_secret() {
                self.report.push(
                    Diagnostic::new(Code::E0702, node.span, "a secret has no default")
                        .help("leave the default out; a connection gives the secret"),
                );
            } else if parsed.required {
                self.report.push(
                    Diagnostic::new(Code::E0203, node.span, "`!` and a default exclude each other")
                        .help("what has a default need not be given: leave one of them out"),
                );
            } else {
                default = self.default(node, &of);
            }
        }
        if let (Some(min), Some(max)) = (&spec.min, &spec.max)
            && let (Content::Number(least), Content::Number(most)) = (&min.content, &max.content)
            && let (Ok(low), Ok(high)) = (least.parse::<f64>(), most.parse::<f64>())
            && low > high
        {
            self.report.push(
                Diagnostic::new(Code::E0613, max.span, format!("no value is from {least} to {most}"))
                    .also(min.span, "the least value")
                    .help("`max` is at least `min`"),
            );
        }
        for choice in spec.choices.iter().flatten() {
            self.fits(&choice.value, &of, "the choice");
        }
        for example in spec.examples.iter().flatten() {
            if !of.is_secret() {
                self.fits(example, &of, "the example");
            }
        }
        Some(Param { of, required: parsed.required, default, span, spec: Some(Box::new(spec.clone())), implied: false })
    }

    fn default(&mut self, node: &crate::text::Node, of: &ParamType) -> Option<Value> {
        if *of == ParamType::Fields {
            return Some(fixed(node));
        }
        let written = crate::expr::shorthand::Piece { text: String::new(), range: 0..0 };
        let literal = Literal { value: fixed(node), written };
        match check_default(&literal, of) {
            Ok(()) => Some(literal.value),
            Err(problem) => {
                let mut told = Diagnostic::new(problem.code, node.span, problem.message);
                told.help = problem.help;
                self.report.push(told);
                None
            }
        }
    }

    fn fits(&mut self, node: &crate::text::Node, of: &ParamType, what: &str) {
        if let ParamType::Type(of) = of
            && let Err(error) = data::cast(&fixed(node), of)
        {
            let told = Diagnostic::new(Code::E0211, node.span, format!("{what} does not fit: {}", error.message));
            self.report.push(match error.hint {
                Some(hint) => told.help(hint),
                None => told,
            });
        }
    }

    fn pattern(&mut self, pattern: &str, span: Span) {
        let (range, told) = match regex_syntax::Parser::new().parse(pattern) {
            Ok(_) => match regex::RegexBuilder::new(pattern).size_limit(1 << 20).build() {
                Ok(_) => return,
                Err(_) => (0..pattern.len(), "it is too large when compiled".to_owned()),
            },
            Err(regex_syntax::Error::Parse(error)) => {
                (error.span().start.offset..error.span().end.offset, error.kind().to_string())
            }
            Err(regex_syntax::Error::Translate(error)) => {
                (error.span().start.offset..error.span().end.offset, error.kind().to_string())
            }
            Err(error) => (0..pattern.len(), error.to_string()),
        };
        let at = self.sources.inner(span, range);
        self.report.push(
            Diagnostic::new(Code::E0216, at, format!("bad regular expression: {told}"))
                .help("patterns are those of RE2: no look-around, no back-references, bounded size"),
        );
    }
}
