//! The steps of a test: one of `read`, `query`, `exec` and `check`, or several.

use super::Checker;
use super::texts::{Scope, check_node, check_text};
use crate::components::forms::{Name, Plain, Text};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{ExpectSpec, StepSpec, TestSpec};
use crate::name::nearest;
use crate::text::{Content, Node, Sources, Span};

/// What the steps of a test ask for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub streams: Vec<String>,
    pub actions: Vec<String>,
    /// SQL or the connector's own check: any stream may be read.
    pub any: bool,
}

/// One step, wherever it was written.
struct Step<'a> {
    read: Option<&'a Text<Name>>,
    query: Option<&'a Text<Plain>>,
    exec: Option<&'a Text<Plain>>,
    input: Option<&'a Node>,
    check: Option<&'a Node>,
    expect: Option<&'a ExpectSpec>,
}

impl<'a> Step<'a> {
    fn of_test(test: &'a TestSpec) -> Self {
        Self {
            read: test.read.as_ref(),
            query: test.query.as_ref(),
            exec: test.exec.as_ref(),
            input: test.input.as_ref(),
            check: test.check.as_ref(),
            expect: test.expect.as_ref(),
        }
    }

    fn of(step: &'a StepSpec) -> Self {
        Self {
            read: step.read.as_ref(),
            query: step.query.as_ref(),
            exec: step.exec.as_ref(),
            input: step.input.as_ref(),
            check: step.check.as_ref(),
            expect: step.expect.as_ref(),
        }
    }

    /// Lists what the step does, with where it was written.
    fn does(&self) -> Vec<(&'static str, Span)> {
        let does = [
            ("read", self.read.map(|text| text.span)),
            ("query", self.query.map(|text| text.span)),
            ("exec", self.exec.map(|text| text.span)),
            ("check", self.check.map(|node| node.span)),
        ];
        does.into_iter().filter_map(|(word, span)| Some((word, span?))).collect()
    }
}

/// Checks the steps of a test and says what they ask for.
pub(super) fn check(checker: &mut Checker<'_>, test: &TestSpec, sources: &Sources) -> Asked {
    let mut asked = Asked::default();
    let mut scope = Scope::default();
    let whole = Step::of_test(test);
    let steps = test.steps.as_deref().unwrap_or_default();
    if steps.is_empty() && whole.does().is_empty() {
        let told = Diagnostic::new(Code::E0809, checker.holder, "the test takes no step");
        checker.report.push(told.help("add `read: <stream>`, `query`, `exec` or `check`; or `steps` for several"));
    } else if let (false, Some((word, span))) = (steps.is_empty(), whole.does().first()) {
        let told = Diagnostic::new(Code::E0809, *span, format!("`{word}` beside `steps`"));
        checker.report.push(told.help("a test is one step or `steps`; move this one into the list"));
    }
    step(checker, &whole, test.steps.is_none(), &scope, &mut asked, sources);
    for one in steps.iter().chain(test.finally.iter().flatten()) {
        let whole = Step::of(one);
        if whole.does().is_empty() {
            let at = one.name.as_ref().map(|name| name.span).or(one.save.as_ref().map(|name| name.span));
            let told = Diagnostic::new(Code::E0809, at.unwrap_or(checker.holder), "a step of the test does nothing");
            checker.report.push(told.help("a step is one of `read`, `query`, `exec` and `check`"));
        }
        step(checker, &whole, true, &scope, &mut asked, sources);
        if let Some(name) = &one.save {
            scope.save(&name.text);
        }
    }
    asked
}

fn step(checker: &mut Checker<'_>, step: &Step<'_>, alone: bool, scope: &Scope, asked: &mut Asked, sources: &Sources) {
    let does = step.does();
    if let ([(first, other), (second, at), ..], true) = (does.as_slice(), alone) {
        let told = Diagnostic::new(Code::E0809, *at, format!("two steps at once: `{first}` and `{second}`"));
        checker.report.push(told.also(*other, "the other one").help("write them as two items of `steps`"));
    }
    if let Some(stream) = step.read
        && checker.stream(&stream.text, stream.span)
    {
        asked.streams.push(stream.text.clone());
    }
    if let Some(query) = step.query {
        asked.any = true;
        check_text(&query.text, query.span, scope, sources, checker.report);
    }
    if let Some(exec) = step.exec {
        action(checker, exec, asked);
    }
    match step.check.map(|node| (&node.content, node)) {
        Some((Content::Bool(true), _)) => asked.any = true,
        Some((Content::Text(name), node)) => {
            asked.streams.extend(checker.stream(name, node.span).then(|| name.clone()));
        }
        Some((Content::List(_), node)) => {
            for item in node.items() {
                if let Some(name) = item.as_text()
                    && checker.stream(name, item.span)
                {
                    asked.streams.push(name.to_owned());
                }
            }
        }
        Some((_, node)) => {
            let told = Diagnostic::new(Code::E0809, node.span, format!("`check` is {}, not streams", node.what()));
            checker
                .report
                .push(told.help("write a stream, a list of streams, or `true` for the connector's own check"));
        }
        None => {}
    }
    if let Some(input) = step.input {
        if step.exec.is_none() {
            let told = Diagnostic::new(Code::E0809, input.span, "`input` without `exec`");
            checker.report.push(told.help("the input is that of an action: add `exec: <action>`"));
        }
        check_node(input, scope, sources, checker.report);
    }
    if let Some(expect) = step.expect {
        self::expect(checker, expect, &does, scope, sources);
    }
}

/// Checks that an action exists: `create`, or `orders.create` of a stream.
fn action(checker: &mut Checker<'_>, exec: &Text<Plain>, asked: &mut Asked) {
    let known: Vec<String> = checker.plan.actions.keys().cloned().chain(of_streams(checker)).collect();
    if known.contains(&exec.text) {
        asked.actions.push(exec.text.clone());
        if let Some((stream, _)) = exec.text.split_once('.') {
            asked.streams.push(stream.to_owned());
        }
        return;
    }
    if let Some((stream, _)) = exec.text.split_once('.')
        && !checker.plan.streams.contains_key(stream)
    {
        let end = exec.span.start + u32::try_from(stream.len()).unwrap_or(0);
        checker.stream(stream, Span { end, ..exec.span });
        return;
    }
    let help = if known.is_empty() {
        "the connector has no actions".to_owned()
    } else {
        format!("its actions: {}", known.join(", "))
    };
    let told = Diagnostic::new(Code::E0809, exec.span, format!("there is no action `{}`", exec.text)).help(help);
    checker.report.push(told.nearest(nearest(&exec.text, known.iter().map(String::as_str))));
}

fn of_streams(checker: &Checker<'_>) -> Vec<String> {
    let streams = checker.plan.streams.values();
    streams.flat_map(|stream| stream.extras.actions.keys().map(|action| format!("{}.{action}", stream.name))).collect()
}

fn expect(
    checker: &mut Checker<'_>,
    expect: &ExpectSpec,
    does: &[(&'static str, Span)],
    scope: &Scope,
    sources: &Sources,
) {
    for node in expect.records.iter().flatten().chain(expect.requests.iter().flatten()).chain(&expect.output) {
        check_node(node, scope, sources, checker.report);
    }
    checker.state(expect.state.as_ref());
    let [(word, _)] = does else { return };
    let mut wrong = |what: &str, node: Option<&Node>, help: &str| {
        let at = node.map_or(checker.holder, |node| node.span);
        let told = Diagnostic::new(Code::E0809, at, format!("`{word}` gives no `{what}`")).help(help);
        checker.report.push(told);
    };
    if let (Some(output), true) = (&expect.output, *word != "exec") {
        wrong("output", Some(output), "`output` is what an action gives back; rows are `records`");
    }
    if let (Some(records), true) = (&expect.records, matches!(*word, "exec" | "check")) {
        wrong("records", records.first(), "`records` are the rows of `read` and `query`");
    }
}
