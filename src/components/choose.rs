//! `choose`: a kind that the user picks, decided when a connection is bound.

use crate::components::context::Cx;
use crate::components::forms::Choose;
use crate::data::{ParamType, Type};
use crate::diagnostic::{Code, Diagnostic};
use crate::name::{listed, nearest};
use indexmap::IndexMap;

/// A compiled kind, or one for each value of an `enum` param.
#[derive(Clone, Debug)]
pub enum Chosen<T> {
    Is(T),
    By { param: String, of: IndexMap<String, Chosen<T>> },
}

impl<T> Chosen<T> {
    /// Lists all kinds that may be picked.
    pub fn all(&self) -> Vec<&T> {
        match self {
            Chosen::Is(one) => vec![one],
            Chosen::By { of, .. } => of.values().flat_map(Chosen::all).collect(),
        }
    }

    /// Visits all kinds that may be picked.
    pub fn each(&mut self, visit: &mut dyn FnMut(&mut T)) {
        match self {
            Chosen::Is(one) => visit(one),
            Chosen::By { of, .. } => of.values_mut().for_each(|kind| kind.each(visit)),
        }
    }

    /// Decides by the values of the params.
    pub fn pick(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<&T> {
        match self {
            Chosen::Is(one) => Some(one),
            Chosen::By { param, of } => of.get(&value(param)?)?.pick(value),
        }
    }
}

impl Cx<'_> {
    /// Compiles each case and checks that `by` is an `enum` param whose values are all covered.
    pub fn choose<S, T>(
        &mut self,
        choose: &Choose<S>,
        mut compile: impl FnMut(&mut Self, &S) -> Option<Chosen<T>>,
    ) -> Option<Chosen<T>> {
        let param = choose.by.text.as_str();
        self.used.insert(param.to_owned());
        let mut complete = true;
        match self.param_types.get(param) {
            Some(ParamType::Type(Type::Enum(words))) => {
                for word in words {
                    if choose.of.entry(word).is_none() {
                        self.push(
                            Diagnostic::new(Code::E0509, choose.of.key, format!("`choose` has no case for `{word}`"))
                                .help(format!(
                                    "`{param}` may be {}; write a case `{word}: …` under `of`",
                                    listed(words.iter().map(String::as_str))
                                )),
                        );
                        complete = false;
                    }
                }
                for case in choose.of.entries.iter().filter(|case| !words.contains(&case.name)) {
                    self.push(
                        Diagnostic::new(Code::E0509, case.span, format!("`{param}` is never `{}`", case.name))
                            .help(format!("its values are {}", listed(words.iter().map(String::as_str))))
                            .nearest(nearest(&case.name, words.iter().map(String::as_str))),
                    );
                    complete = false;
                }
            }
            Some(_) => {
                self.push(
                    Diagnostic::new(Code::E0508, choose.by.span, format!("`{param}` is no enum param"))
                        .help(format!("only an enum has known values: `{param}: enum(a|b)!`")),
                );
                complete = false;
            }
            None => {
                let known: Vec<String> = self.param_types.keys().cloned().collect();
                if !self.param_unknown(param) {
                    self.push(
                        Diagnostic::new(Code::E0508, choose.by.span, format!("there is no param `{param}`"))
                            .help(format!(
                                "`by` names an `enum` param; its values choose; params: {}",
                                listed(known.iter().map(String::as_str))
                            ))
                            .nearest(nearest(param, known.iter().map(String::as_str))),
                    );
                }
                complete = false;
            }
        }
        let mut of = IndexMap::new();
        for case in &choose.of.entries {
            match case.value.as_ref().and_then(|spec| compile(self, spec)) {
                Some(kind) => {
                    of.insert(case.name.clone(), kind);
                }
                None => complete = false,
            }
        }
        complete.then(|| Chosen::By { param: param.to_owned(), of })
    }

    /// Says whether a param is declared but did not hold, so that nothing is said about it.
    pub fn param_unknown(&self, name: &str) -> bool {
        self.broken_params.contains(name)
    }
}
