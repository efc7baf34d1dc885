//! A walk over every statement of a template, in every branch: scopes, loops, and the cut around the
//! blocks.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{Expr, ForLoop, IfCond, Macro, Stmt};
use minijinja::machinery::{Span, parse};

use super::finding::{Finding, Severity};
use super::known::Known;
use super::schema::{Kind, LOOP};
use super::uses::Uses;
use super::values::{Use, Value};
use crate::render::engine;
use crate::render::include::Joined;
use crate::render::said;
use crate::render::words::Catalogue;

/// A template is rendered in three pieces, of which the middle one is made once a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Head,
    Block,
    Tail,
}

struct Scope {
    names: BTreeMap<String, (Value, Cut)>,
    /// This scope is the body of the loop over the blocks.
    block: bool,
}

pub(super) struct Walk<'a> {
    joined: &'a Joined,
    /// The fixed words of every language.
    pub(super) catalogue: &'a Catalogue,
    /// The plain text part.
    pub(super) plain: bool,
    /// How many texts are being set aside instead of printed.
    pub(super) aside: usize,
    scopes: Vec<Scope>,
    cut: Cut,
    /// Loops and macros entered so far: each has names of its own.
    entered: usize,
    /// Whether what is looked at is printed.
    pub(super) printing: bool,
    /// How often this place is come to, by loops that count to a constant.
    turns: u64,
    uses: Uses,
    found: Vec<Finding>,
}

/// Checks every expression of a joined template; `plain` is the text part. Says where names are used.
pub(super) fn expressions(
    joined: &Joined,
    plain: bool,
    catalogue: &Catalogue,
) -> (Vec<Finding>, Uses) {
    let mut walk = Walk {
        joined,
        catalogue,
        plain,
        aside: 0,
        scopes: vec![Scope {
            names: BTreeMap::new(),
            block: false,
        }],
        cut: Cut::Head,
        entered: 0,
        printing: false,
        turns: 1,
        uses: Uses::default(),
        found: Vec::new(),
    };
    let parsed = engine::syntax().and_then(|syntax| parse(&joined.text, "template", syntax));
    match parsed {
        Ok(Stmt::Template(template)) => walk.template(&template.children),
        Ok(_) => {}
        Err(error) => {
            let place = joined.place_of_error(&error);
            let words = said::words_of(&error);
            walk.found.push(Finding::error(place, "syntax", words));
        }
    }
    (walk.found, walk.uses)
}

impl Walk<'_> {
    /// Notes an error. What nobody reaches is looked at as well.
    pub(super) fn find(
        &mut self,
        span: Span,
        rule: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        let offset = usize::try_from(span.start_offset).unwrap_or_default();
        let place = self.joined.place(offset);
        self.found.push(Finding {
            hint,
            ..Finding::error(place, rule, message)
        });
    }

    /// Notes where a name is used.
    pub(super) fn used(&mut self, path: &str, span: Span) {
        let offset = usize::try_from(span.start_offset).unwrap_or_default();
        self.uses
            .note(path, self.printing, || self.joined.place(offset));
    }

    /// A name that the template itself made.
    pub(super) fn local(&mut self, name: &str, span: Span) -> Option<Value> {
        let mut scopes = self.scopes.iter().rev();
        let (value, cut) = scopes.find_map(|s| s.names.get(name).cloned())?;
        if cut != self.cut {
            let words = format!(
                "`{name}` is set on the other side of the loop over `blocks`, which is rendered by itself"
            );
            let hint = "set it again where it is used".to_owned();
            self.find(span, "cut", words, Some(hint));
        }
        if name == "loop"
            && self
                .scopes
                .iter()
                .rev()
                .find(|s| s.names.contains_key("loop"))?
                .block
        {
            let words =
                "`loop` of the loop over `blocks` is not there: each block is rendered by itself"
                    .to_owned();
            let hint = "`block.first` says whether a block opens its section".to_owned();
            self.find(span, "cut", words, Some(hint));
        }
        Some(value)
    }

    fn template(&mut self, children: &[Stmt<'_>]) {
        let known = Known::default();
        let mut loops = 0;
        for child in children {
            match child {
                Stmt::ForLoop(each) if over_blocks(&each.iter) => {
                    loops += 1;
                    if loops > 1 {
                        let words = "a second loop over `blocks`".to_owned();
                        self.find(each.span(), "cut", words, Some(ONCE.to_owned()));
                    }
                    self.cut = Cut::Block;
                    self.block_loop(each, &known);
                    self.cut = Cut::Tail;
                }
                other => self.statement(other, &known),
            }
        }
        if loops == 0 {
            let place = self.joined.place(0);
            let words = "there is no loop over `blocks` outside of every condition".to_owned();
            self.found
                .push(Finding::error(place, "cut", words).hint(ONCE));
        }
    }

    fn block_loop(
        &mut self,
        each: &minijinja::machinery::ast::Spanned<ForLoop<'_>>,
        known: &Known,
    ) {
        let plain = matches!(&each.target, Expr::Var(var) if var.id == "block")
            && each.filter_expr.is_none()
            && !each.recursive
            && each.else_body.is_empty();
        if !plain {
            let words = "the loop over `blocks` has more than its body".to_owned();
            self.find(each.span(), "cut", words, Some(ONCE.to_owned()));
        }
        self.each(each, known, true);
    }

    fn body(&mut self, body: &[Stmt<'_>], known: &Known) {
        for statement in body {
            self.statement(statement, known);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>, known: &Known) {
        match statement {
            Stmt::Template(inner) => self.body(&inner.children, known),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => {
                self.printing = true;
                self.value(&emit.expr, known, Use::Print);
                self.printing = false;
            }
            Stmt::ForLoop(each) => {
                if over_blocks(&each.iter) {
                    let words = "the loop over `blocks` stands inside something else".to_owned();
                    self.find(each.span(), "cut", words, Some(ONCE.to_owned()));
                }
                self.each(each, known, false);
            }
            Stmt::IfCond(choice) => self.choice(choice, known),
            Stmt::WithBlock(with) => {
                self.scope(false);
                for (target, value) in &with.assignments {
                    let value = self.value(value, known, Use::Work);
                    self.assign(target, &value);
                }
                self.body(&with.body, known);
                self.scopes.pop();
            }
            Stmt::Set(set) => {
                let value = self.value(&set.expr, known, Use::Work);
                self.assign(&set.target, &value);
            }
            Stmt::SetBlock(set) => {
                self.aside(&set.body, known);
                if let Some(filter) = &set.filter {
                    self.value(filter, known, Use::Work);
                }
                self.assign(&set.target, &Value::of(&Kind::Text));
            }
            Stmt::AutoEscape(block) => {
                let words = "`autoescape` is not available".to_owned();
                let hint = "every text is escaped where it stands".to_owned();
                self.find(block.span(), "statement", words, Some(hint));
                self.body(&block.body, known);
            }
            Stmt::FilterBlock(block) => {
                self.aside(&block.body, known);
                self.value(&block.filter, known, Use::Work);
            }
            Stmt::Macro(made) => self.make(made, known),
            Stmt::CallBlock(call) => {
                self.arguments(&call.call.args, known);
                self.aside(&call.macro_decl.body, known);
            }
            Stmt::Do(call) => self.arguments(&call.call.args, known),
            Stmt::Block(block) => self.absent(block.span(), "block"),
            Stmt::Import(import) => self.absent(import.span(), "import"),
            Stmt::FromImport(import) => self.absent(import.span(), "from"),
            Stmt::Extends(extends) => self.absent(extends.span(), "extends"),
            Stmt::Include(include) => self.absent(include.span(), "include"),
        }
    }

    /// A statement that joins files in a way that we do not.
    fn absent(&mut self, span: Span, name: &str) {
        let words = format!("`{{% {name} %}}` is not available here");
        let hint = "files are joined by `{% include \"./blocks/NAME.txt\" %}` and `<mj-include path=\"./blocks/NAME.mjml\" />`";
        self.find(span, "statement", words, Some(hint.to_owned()));
    }

    fn choice(&mut self, choice: &IfCond<'_>, known: &Known) {
        let (yes, no) = self.condition(&choice.expr, known);
        self.body(&choice.true_body, &yes);
        self.body(&choice.false_body, &no);
    }

    fn each(&mut self, each: &ForLoop<'_>, known: &Known, block: bool) {
        let list = self.value(&each.iter, known, Use::Work);
        let around = self.turns;
        self.turns = around.saturating_mul(super::turns::of(&each.iter));
        // The engine takes some steps for each turn, whatever is inside.
        if self.turns > engine::FUEL / 3 && around <= engine::FUEL / 3 {
            let words = format!(
                "these loops take {} turns, and a part of a letter has {} steps",
                self.turns,
                engine::FUEL
            );
            let hint = "a letter of fifty stories takes some thousands".to_owned();
            self.find(each.iter.span(), "bound", words, Some(hint));
        }
        self.scope(block);
        let item = match list.kind {
            Some(Kind::List(kind)) => Value {
                personal: list.personal,
                ..Value::of(kind)
            },
            _ => Value::unknown(),
        };
        self.assign(&each.target, &item);
        let mut looped = Value::of(LOOP);
        looped.path = Some("loop".to_owned());
        self.name("loop", looped);
        if let Some(filter) = &each.filter_expr {
            self.value(filter, known, Use::Work);
        }
        self.body(&each.body, known);
        self.turns = around;
        self.scopes.pop();
        self.body(&each.else_body, known);
    }

    fn make(&mut self, made: &Macro<'_>, known: &Known) {
        for value in &made.defaults {
            self.value(value, known, Use::Work);
        }
        self.name(made.name, Value::unknown());
        self.scope(false);
        for arg in &made.args {
            self.assign(arg, &Value::unknown());
        }
        self.name("caller", Value::unknown());
        self.aside(&made.body, known);
        self.scopes.pop();
    }

    /// A body whose text is kept instead of printed.
    fn aside(&mut self, body: &[Stmt<'_>], known: &Known) {
        self.aside += 1;
        self.body(body, known);
        self.aside -= 1;
    }

    fn scope(&mut self, block: bool) {
        self.entered += 1;
        self.scopes.push(Scope {
            names: BTreeMap::new(),
            block,
        });
    }

    fn name(&mut self, name: &str, value: Value) {
        let cut = self.cut;
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(name.to_owned(), (value, cut));
        }
    }

    fn assign(&mut self, target: &Expr<'_>, value: &Value) {
        match target {
            Expr::Var(var) => {
                let mut value = value.clone();
                // Conditions speak of this name, not of what it was made of.
                let own = match var.id {
                    "block" => "block".to_owned(),
                    id => format!("{id}`{}", self.entered),
                };
                value.path = Some(own).filter(|_| value.kind.is_some());
                self.name(var.id, value);
            }
            Expr::List(list) => list
                .items
                .iter()
                .for_each(|e| self.assign(e, &Value::unknown())),
            Expr::Tuple(tuple) => tuple
                .items
                .iter()
                .for_each(|e| self.assign(e, &Value::unknown())),
            other => {
                let words = "only names can be set".to_owned();
                self.find(other.span(), "statement", words, None);
            }
        }
    }
}

/// What the cut asks of a template.
const ONCE: &str =
    "`{% for block in blocks %}…{% endfor %}` stands once, outside of every condition and loop";

fn over_blocks(iter: &Expr<'_>) -> bool {
    matches!(iter, Expr::Var(var) if var.id == "blocks")
}

/// The findings, each once, in the order of files and lines.
pub(super) fn ordered(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort();
    found.dedup();
    // A name that cannot be known says the same thing in several ways.
    found.dedup_by(|a, b| {
        let place = (&a.file, a.line, a.rule) == (&b.file, b.line, b.rule);
        place && a.severity == Severity::Error && a.message == b.message
    });
    found
}
