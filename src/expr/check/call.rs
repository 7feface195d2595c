//! Filters and functions: their names, and their arguments by the descriptor.

use super::{Checker, Typed};
use crate::data::{Step, Value};
use crate::diagnostic::{Code, Problem};
use crate::expr::functions::{self, Arg, Form, Function};
use crate::expr::names::Root;
use crate::expr::shorthand::duration::parse_duration;
use crate::expr::syntax::{Argument, Syntax, Word};
use crate::expr::tree::{At, Call, Node};
use crate::expr::types::Types;
use crate::expr::{foreign, instant, place};
use std::ops::Range;

/// The most memory that a compiled regular expression may take.
pub const REGEX_SIZE: usize = 1 << 20;

/// The arguments of a call: one place for each that is declared.
struct Arguments {
    nodes: Vec<Option<Node>>,
    regex: Option<regex::Regex>,
    under: Vec<Step>,
    secret: bool,
    types: Types,
    absent: Option<std::sync::Arc<str>>,
}

impl Checker<'_> {
    pub(super) fn filter(
        &mut self,
        input: &Syntax,
        name: &Word,
        args: &[Argument],
        range: &Range<usize>,
    ) -> Option<Typed> {
        let typed = self.expr(input);
        let function = match functions::find(&name.text) {
            Some(function) if !function.is_called() => function,
            Some(function) => {
                let problem = Problem::new(Code::E0304, name.range.clone(), format!("`{}` is no filter", name.text));
                return self.fail(problem.help(format!("write `{}`", function.usage())));
            }
            None => return self.unknown_function(name, "filter"),
        };
        let checked = self.arguments(function, name, args);
        let (typed, mut checked) = (typed?, checked?);
        let what = format!("`{}`", function.name);
        if !function.secrets {
            self.open(&typed, &input.range, &what);
        }
        if !self.need(&typed, function.input, &input.range, &what) {
            return None;
        }
        let secret = typed.secret || checked.secret;
        if function.name == "default" {
            let other = checked.nodes.pop().flatten()?;
            let node = Node::Default(Box::new(typed.node), Box::new(other));
            let types = typed.types.without(Types::MISSING).or(checked.types);
            return Some(Typed { absent: checked.absent, secret, ..Typed::of(node, types) });
        }
        let (missing, absent) = if function.sees_missing {
            (Types::NOTHING, None)
        } else {
            (typed.types.and(Types::MISSING), typed.absent)
        };
        let call =
            Call { function, input: Some(typed.node), args: checked.nodes, regex: checked.regex, at: At::new(range) };
        Some(Typed { absent, secret, ..Typed::of(Node::Call(Box::new(call)), function.gives.or(missing)) })
    }

    pub(super) fn call(&mut self, name: &Word, args: &[Argument], range: &Range<usize>) -> Option<Typed> {
        let function = match functions::find(&name.text) {
            Some(function) if function.is_called() => function,
            Some(function) => {
                let problem = Problem::new(Code::E0304, name.range.clone(), format!("`{}` is a filter", name.text));
                return self.fail(problem.help(format!("write `{}`", function.usage())));
            }
            None => return self.unknown_function(name, "function"),
        };
        let allowed = match function.name {
            "fields" => self.names.fields,
            "uuid" => self.names.uuid,
            _ => self.names.iter().any(|(_, entry)| entry.root == Root::NOW),
        };
        if !allowed {
            let problem =
                Problem::new(Code::E0310, name.range.clone(), format!("`{}()` can't be called here", name.text));
            return self.fail(problem.help(match function.name {
                "today" => "the time of the run is known in requests, `auth`, `for_each` and `incremental`",
                _ => "it is there in requests",
            }));
        }
        let checked = self.arguments(function, name, args)?;
        let node = match function.name {
            "fields" => {
                self.uses.fields = true;
                Node::Fields(checked.under)
            }
            "uuid" => Node::Uuid,
            _ => {
                if !self.uses.has("now") {
                    self.uses.names.push("now".to_owned());
                }
                Node::Call(Box::new(Call {
                    function,
                    input: None,
                    args: checked.nodes,
                    regex: None,
                    at: At::new(range),
                }))
            }
        };
        Some(Typed::of(node, function.gives))
    }

    fn unknown_function<T>(&mut self, name: &Word, sort: &str) -> Option<T> {
        let mut problem = Problem::new(Code::E0304, name.range.clone(), format!("unknown {sort} `{}`", name.text));
        if let Some(help) = foreign::function(&name.text) {
            problem = problem.help(help);
        } else {
            let near = functions::near(&name.text);
            problem = problem.nearest(near);
            problem.replacement = near.map(ToOwned::to_owned);
        }
        self.fail(problem)
    }

    fn arguments(&mut self, function: &'static Function, name: &Word, args: &[Argument]) -> Option<Arguments> {
        let mut found = Arguments {
            nodes: function.args.iter().map(|_| None).collect(),
            regex: None,
            under: Vec::new(),
            secret: false,
            types: Types::NOTHING,
            absent: None,
        };
        let wrong = |range: &Range<usize>, message: String| {
            Problem::new(Code::E0305, range.clone(), message).help(format!("it is written `{}`", function.usage()))
        };
        let before = self.problems.len();
        for (position, arg) in args.iter().enumerate() {
            let range = &arg.value.range;
            let keyword = arg.keyword.as_deref();
            let named = |keyword| function.args.iter().position(|known| known.name == keyword);
            let Some(slot) = keyword.map_or(Some(position), named) else {
                let keyword = keyword.unwrap_or_default();
                let near = crate::name::nearest(keyword, function.args.iter().map(|arg| arg.name));
                self.push(wrong(range, format!("`{}` has no argument `{keyword}`", function.name)).nearest(near));
                continue;
            };
            let Some(declared) = function.args.get(slot) else {
                let most = function.args.len();
                let message = match most {
                    0 => format!("`{}` takes no arguments", function.name),
                    1 => format!("`{}` takes one argument", function.name),
                    _ => format!("`{}` takes at most {most} arguments", function.name),
                };
                self.push(wrong(range, message));
                continue;
            };
            if found.nodes[slot].is_some() {
                self.push(wrong(range, format!("`{}` is given twice", declared.name)));
                continue;
            }
            let Some(typed) = self.expr(&arg.value) else { continue };
            if !function.secrets {
                self.open(&typed, range, &format!("`{}`", function.name));
            }
            let known = typed.types.without(Types::MISSING);
            if (known == Types::NOTHING || !known.meets(declared.types)) && declared.types != Types::ANY {
                self.push(wrong(
                    range,
                    format!(
                        "`{}` of `{}` is {}, this is {}",
                        declared.name, function.name, declared.types, typed.types
                    ),
                ));
                continue;
            }
            self.form(declared, &typed, range, &mut found);
            found.secret |= typed.secret;
            found.types = found.types.or(typed.types);
            found.absent = found.absent.or(typed.absent);
            found.nodes[slot] = Some(typed.node);
        }
        for (declared, node) in function.args.iter().zip(&found.nodes) {
            if declared.required && node.is_none() && self.problems.len() == before {
                self.push(wrong(&name.range, format!("`{}` needs `{}`", function.name, declared.name)));
            }
        }
        (self.problems.len() == before).then_some(found)
    }

    /// Checks a literal argument by its form.
    fn form(&mut self, declared: &Arg, typed: &Typed, range: &Range<usize>, found: &mut Arguments) {
        let Node::Const(Value::Text(text)) = &typed.node else {
            if matches!(declared.form, Form::Regex | Form::Words(_) | Form::Place) {
                let message = format!("`{}` must be written out", declared.name);
                self.push(
                    Problem::new(Code::E0305, range.clone(), message)
                        .help("only a literal text can be checked beforehand"),
                );
            }
            return;
        };
        let refused = match declared.form {
            Form::Any => Ok(()),
            Form::Regex => match regex::RegexBuilder::new(text).size_limit(REGEX_SIZE).build() {
                Ok(regex) => {
                    found.regex = Some(regex);
                    Ok(())
                }
                Err(error) => {
                    let told = error.to_string();
                    let last = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_lowercase();
                    Err((Code::E0216, format!("bad regular expression: {}", last.trim_end_matches('.'))))
                }
            },
            Form::Pattern => instant::check_pattern(text).map_err(|message| (Code::E0218, message)),
            Form::Reading if ["iso", "unix", "unix_ms", "unix_us", "ns", "rfc2822"].contains(&&**text) => Ok(()),
            Form::Reading if !text.contains('%') => Err((
                Code::E0218,
                format!(
                    "`{text}` is no way to read a time; there are iso, unix, unix_ms, unix_us, ns, rfc2822 and date patterns"
                ),
            )),
            Form::Reading => instant::check_pattern(text).map_err(|message| (Code::E0218, message)),
            Form::Zone => instant::zone(text).map(|_| ()).map_err(|message| (Code::E0218, message)),
            Form::Duration => match parse_duration(text) {
                Ok(_) => Ok(()),
                Err(problem) => {
                    self.push(Problem { range: range.clone(), replacement: None, ..problem });
                    return;
                }
            },
            Form::Words(words) if words.contains(&&**text) => Ok(()),
            Form::Words(words) => {
                let near = crate::name::nearest(text, words.iter().copied());
                let message = format!("`{}` is one of {}", declared.name, words.join(", "));
                self.push(Problem::new(Code::E0305, range.clone(), message).nearest(near));
                return;
            }
            Form::Place => match place::compile(text) {
                Ok(path) => match path.steps() {
                    Some(steps) if path.singular() => {
                        found.under = steps.to_vec();
                        Ok(())
                    }
                    _ => Err((Code::E0305, format!("`{}` must be the place of one value", declared.name))),
                },
                Err(problem) => {
                    self.push(Problem { range: range.clone(), replacement: None, ..problem });
                    return;
                }
            },
        };
        if let Err((code, message)) = refused {
            self.push(Problem::new(code, range.clone(), message));
        }
    }
}
