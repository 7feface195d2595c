//! The form of a stream's rows: which columns, where each comes from, and what of a record must be read for it.

use super::needs::Wants;
use super::trie::{Target, Trie};
use crate::components::context::Tree;
use crate::components::transform::Transform;
use crate::data::{Step, Type};
use crate::expr::place::Path;
use crate::expr::{Compiled, Expr as _, Places};
use crate::fault::{Fault, Kind};
use crate::manifest::{Case, UnknownFields};
use crate::plan::{BoundStream, Column, Columns, Origin};
use arrow_schema::{Field, Schema, SchemaRef};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How rows are made. Nothing of it changes during a run.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) schema: SchemaRef,
    /// The same with every column nullable: of rows that are gone.
    pub(super) gone: SchemaRef,
    pub(super) columns: Vec<ColumnForm>,
    /// The columns of the batch.
    pub(super) emitted: Vec<usize>,
    pub(super) key: Vec<usize>,
    pub(super) position: Option<usize>,
    /// The columns that tokens do not fill, and those that need a value.
    pub(super) built: Vec<usize>,
    pub(super) required: Vec<usize>,
    /// What tokens go where.
    pub(super) trie: Trie,
    /// The members that expressions and harder places look into, each as the names that lead to it.
    pub(super) slots: Vec<Vec<Arc<str>>>,
    /// The whole record is built.
    pub(super) whole: bool,
    pub(super) filter: Option<Arc<Compiled>>,
    pub(super) deleted: Option<Arc<Compiled>>,
    pub(super) steps: Vec<Arc<dyn Transform>>,
    pub(super) unknown: Unknown,
    pub(super) taken: Taken,
    /// There are no types: the record itself is a column.
    pub(super) untyped: bool,
    /// A computed column reads `response`.
    pub(super) response: bool,
    pub(super) extras: Extras,
}

/// What is made of rows beside the batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extras {
    pub(super) hashes: bool,
    pub(super) parents: bool,
}

/// One column.
#[derive(Debug)]
pub(super) struct ColumnForm {
    pub(super) name: String,
    pub(super) of: Type,
    /// A record without a value here is refused: it is required, or the key.
    pub(super) required: bool,
    pub(super) from: From,
    pub(super) scale: Option<u8>,
    pub(super) hidden: bool,
}

/// Where a column's value comes from.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// Straight from tokens, by the names of members that lead to it.
    Tokens(Vec<Arc<str>>),
    /// By the names of members, in a record that was built; the second is tried if nothing is there.
    Members(Vec<Arc<str>>, Option<Arc<str>>),
    Path(Arc<dyn Path>),
    Computed(Tree),
    /// The record itself.
    Record,
    /// The members that no column takes.
    Rest,
}

/// What becomes of members that no column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Drop,
    /// Into this column.
    Keep(usize),
    Fail,
}

/// The members that columns take from.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) all: bool,
    pub(super) names: BTreeSet<Arc<str>>,
}

impl Taken {
    pub(super) fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }

    fn way(&mut self, steps: Option<&[Step]>) {
        match steps.and_then(<[Step]>::first) {
            Some(Step::Key(key)) => _ = self.names.insert(Arc::clone(key)),
            _ => self.all = true,
        }
    }

    fn tree(&mut self, tree: &Tree) {
        tree.each_expr(&mut |compiled| match &compiled.uses().record {
            Places::None => {}
            Places::All => self.all = true,
            Places::Some(ways) => ways.iter().for_each(|way| self.way(Some(way))),
        });
    }
}

impl Form {
    pub(super) fn new(stream: &BoundStream, wants: &Wants<'_>) -> Result<Self, Fault> {
        let plan = &stream.plan;
        let steps = plan.transform.iter().map(|step| step.step()).collect::<Result<Vec<_>, _>>()?;
        let wanted = |name: &str| {
            let of_rows = stream.key.iter().any(|key| key == name) || stream.position.as_deref() == Some(name);
            of_rows || wants.selection.is_none_or(|selection| selection.iter().any(|asked| asked == name))
        };
        let always = |name: &str| stream.key.iter().any(|key| key == name) || stream.position.as_deref() == Some(name);
        let mut taken = Taken::default();
        let mut columns = Vec::new();
        let mut untyped = false;
        match &stream.columns {
            Columns::Typed(typed) => {
                for column in typed {
                    let form = ColumnForm::typed(column, plan.case, !steps.is_empty(), &mut taken);
                    if wants.parents || wanted(&column.name) && (!column.hidden || always(&column.name)) {
                        columns.push(form);
                    }
                }
            }
            Columns::Untyped => {
                untyped = true;
                columns = ColumnForm::untyped(stream, !steps.is_empty());
            }
            Columns::Discovered(_) | Columns::From(_) => {
                return Err(not_built("columns that the API describes are"));
            }
        }
        let unknown = match plan.unknown_fields {
            Some(UnknownFields::Keep) if !untyped => {
                columns.push(ColumnForm::plain("_rest", Type::Json, From::Rest));
                Unknown::Keep(columns.len() - 1)
            }
            Some(UnknownFields::Fail) if !untyped => Unknown::Fail,
            Some(UnknownFields::Add) if !untyped => return Err(not_built("`unknown_fields: add` is")),
            _ => Unknown::Drop,
        };
        let place = |name: &str| columns.iter().position(|column: &ColumnForm| column.name == name);
        let known = |name: &String| {
            place(name).ok_or_else(|| Fault::new(Kind::Config, "read rows", format!("`{name}` is no column")))
        };
        let key = stream.key.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let position = stream.position.as_ref().map(known).transpose()?;
        let emitted: Vec<usize> = (0..columns.len())
            .filter(|at| {
                let column = &columns[*at];
                let own = matches!(column.from, From::Record | From::Rest);
                own || wanted(&column.name) && (!column.hidden || always(&column.name))
            })
            .collect();
        let field = |at: &usize| columns[*at].of.arrow_field(&columns[*at].name, columns[*at].required);
        let fields: Vec<Field> = emitted.iter().map(field).collect();
        let gone: Vec<Field> = fields.iter().map(|field| field.clone().with_nullable(true)).collect();
        for at in &key {
            columns[*at].required = true;
        }
        let mut form = Self {
            schema: Arc::new(Schema::new(fields)),
            gone: Arc::new(Schema::new(gone)),
            columns,
            emitted,
            key,
            position,
            built: Vec::new(),
            required: Vec::new(),
            trie: Trie::new(),
            slots: Vec::new(),
            whole: !steps.is_empty(),
            filter: plan.filter.clone(),
            deleted: plan.deleted.clone(),
            steps,
            unknown,
            taken,
            untyped,
            response: false,
            extras: Extras { hashes: wants.hashes, parents: wants.parents },
        };
        form.collect();
        Ok(form)
    }

    /// Collects what must be read of a record.
    fn collect(&mut self) {
        let mut ways = Ways::default();
        for compiled in self.filter.iter().chain(&self.deleted) {
            ways.expr(compiled);
        }
        for column in &self.columns {
            match &column.from {
                From::Tokens(_) | From::Members(..) | From::Record | From::Rest => {}
                From::Path(path) => ways.add(path.steps()),
                From::Computed(tree) => tree.each_expr(&mut |compiled| ways.expr(compiled)),
            }
            if let (From::Tokens(keys), Some(_)) = (&column.from, column.scale) {
                ways.slots.push(keys.clone());
            }
        }
        let all = || 0..self.columns.len();
        self.built = all().filter(|at| !self.by_tokens(&self.columns[*at])).collect();
        self.required = all().filter(|at| self.columns[*at].required).collect();
        self.response = ways.response;
        self.whole |= ways.whole;
        if self.steps.is_empty() {
            for (at, column) in self.columns.iter().enumerate() {
                if let (From::Tokens(keys), None) = (&column.from, column.scale) {
                    self.trie.add(keys, Target::Column(at));
                }
            }
        }
        if self.whole {
            return;
        }
        for keys in ways.slots {
            if !self.slots.contains(&keys) {
                self.trie.add(&keys, Target::Slot(self.slots.len()));
                self.slots.push(keys);
            }
        }
    }

    /// Says whether tokens fill a column.
    fn by_tokens(&self, column: &ColumnForm) -> bool {
        self.steps.is_empty() && column.scale.is_none() && matches!(column.from, From::Tokens(_))
    }
}

/// What expressions and places look into.
#[derive(Default)]
struct Ways {
    slots: Vec<Vec<Arc<str>>>,
    whole: bool,
    response: bool,
}

impl Ways {
    fn expr(&mut self, compiled: &Compiled) {
        self.response |= compiled.uses().has("response");
        match &compiled.uses().record {
            Places::None => {}
            Places::All => self.whole = true,
            Places::Some(ways) => ways.iter().for_each(|way| self.add(Some(way))),
        }
    }

    /// Adds the members that a way begins with; what follows is looked up in their values.
    fn add(&mut self, steps: Option<&[Step]>) {
        let keys: Vec<Arc<str>> = steps
            .unwrap_or_default()
            .iter()
            .map_while(|step| match step {
                Step::Key(key) => Some(Arc::clone(key)),
                _ => None,
            })
            .collect();
        if keys.is_empty() {
            self.whole = true;
        } else {
            self.slots.push(keys);
        }
    }
}

impl ColumnForm {
    fn plain(name: &str, of: Type, from: From) -> Self {
        Self { name: name.to_owned(), of, required: false, from, scale: None, hidden: false }
    }

    fn typed(column: &Column, case: Option<Case>, built: bool, taken: &mut Taken) -> Self {
        let from = match &column.origin {
            Origin::Member => {
                let name: Arc<str> = in_case(&column.name, case).into();
                taken.names.insert(Arc::clone(&name));
                if built && *name != *column.name {
                    taken.names.insert(column.name.as_str().into());
                    From::Members(vec![name], Some(column.name.as_str().into()))
                } else if built {
                    From::Members(vec![name], None)
                } else {
                    From::Tokens(vec![name])
                }
            }
            Origin::Place(path) => {
                taken.way(path.steps());
                match path.steps().and_then(keys) {
                    Some(keys) if built => From::Members(keys, None),
                    Some(keys) => From::Tokens(keys),
                    None => From::Path(Arc::clone(path)),
                }
            }
            Origin::Computed(tree) => {
                taken.tree(tree);
                From::Computed(tree.clone())
            }
        };
        Self {
            name: column.name.clone(),
            of: column.of.clone(),
            required: column.required,
            from,
            scale: column.scale,
            hidden: column.hidden,
        }
    }

    /// The columns of a stream without types: key and position as texts, and the record.
    fn untyped(stream: &BoundStream, built: bool) -> Vec<Self> {
        let case = stream.plan.case;
        let mut columns: Vec<Self> = Vec::new();
        for name in stream.key.iter().chain(&stream.position) {
            if columns.iter().any(|known| known.name == *name) {
                continue;
            }
            let member = vec![in_case(name, case).into()];
            let from = if built { From::Members(member, Some(name.as_str().into())) } else { From::Tokens(member) };
            let required = stream.key.contains(name);
            columns.push(Self { required, ..Self::plain(name, Type::String, from) });
        }
        columns.push(Self { required: true, ..Self::plain("record", Type::Json, From::Record) });
        columns
    }
}

fn keys(steps: &[Step]) -> Option<Vec<Arc<str>>> {
    let key = |step: &Step| match step {
        Step::Key(key) => Some(Arc::clone(key)),
        _ => None,
    };
    steps.iter().map(key).collect()
}

/// Writes a column's name as the API does.
fn in_case(name: &str, case: Option<Case>) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    match case {
        None => name.to_owned(),
        Some(Case::Kebab) => name.replace('_', "-"),
        Some(Case::Pascal) => name.split('_').map(capital).collect(),
        Some(Case::Camel) => name
            .split('_')
            .enumerate()
            .map(|(at, word)| if at == 0 { word.to_owned() } else { capital(word) })
            .collect(),
    }
}

fn not_built(what: &str) -> Fault {
    Fault::new(Kind::Config, "read rows", format!("{what} not built yet"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_api_does() {
        for (case, expected) in
            [(Case::Camel, "createdAtUtc"), (Case::Pascal, "CreatedAtUtc"), (Case::Kebab, "created-at-utc")]
        {
            assert_eq!(in_case("created_at_utc", Some(case)), expected);
        }
        assert_eq!(in_case("created_at", None), "created_at");
    }
}
