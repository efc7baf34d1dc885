//! Expressions of a template, read against what it is given: what each comes to, whether it is
//! there, and whether it is one reader's own.

use std::collections::BTreeSet;

use minijinja::machinery::Span;
use minijinja::machinery::ast::{Call, CallArg, Expr, IfExpr};

use super::finding::meant;
use super::known::Known;
use super::schema::{Field, Kind, There};
use super::walk::Walk;
use crate::render::engine::{FILTERS, FUNCTIONS, TESTS};

/// What an expression comes to.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// None where it cannot be known.
    pub(super) kind: Option<&'static Kind>,
    /// It may be missing.
    pub(super) maybe: bool,
    /// It is one reader's own.
    pub(super) personal: bool,
    /// Its name, by which conditions know it; for words, their dotted key.
    pub(super) path: Option<String>,
}

impl Value {
    pub(super) fn of(kind: &'static Kind) -> Value {
        Value {
            kind: Some(kind),
            maybe: false,
            personal: false,
            path: None,
        }
    }

    pub(super) fn unknown() -> Value {
        Value {
            kind: None,
            maybe: false,
            personal: false,
            path: None,
        }
    }
}

/// What is done with a value.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Use {
    /// Printed as it is.
    Print,
    /// Asked whether it is there.
    Ask,
    /// Anything else.
    Work,
}

impl Walk<'_> {
    /// What an expression comes to, checked for what is done with it.
    pub(super) fn value(&mut self, expr: &Expr<'_>, known: &Known, how: Use) -> Value {
        let value = self.resolve(expr, known, how);
        let span = expr.span();
        let name = || value.path.clone().unwrap_or_else(|| "a value".to_owned());
        if let Some(path) = &value.path {
            self.used(path, span);
        }
        if value.kind == Some(&Kind::Words) {
            self.word(span, value.path.as_deref().unwrap_or_default(), &[]);
            return Value::of(&Kind::Text);
        }
        if value.personal && (how == Use::Work || (how == Use::Print && self.aside > 0)) {
            let words = format!(
                "`{}` is one reader’s own: it may only be printed as it is, or asked for in a condition",
                name()
            );
            let hint = format!("write `{{{{ {0} }}}}`, or `{{% if {0} %}}`", name());
            self.find(span, "personal", words, Some(hint));
        }
        if value.maybe && how != Use::Ask && !known.is_never() {
            let words = format!(
                "`{}` is not in every letter, and is used without being asked for",
                name()
            );
            let hint = format!("put it inside `{{% if {} %}}`", name());
            self.find(span, "unguarded", words, Some(hint));
        }
        let whole = matches!(value.kind, Some(Kind::Record(_) | Kind::List(_)));
        if whole && how == Use::Print {
            let words = format!("`{}` is no text: only its parts can be printed", name());
            self.find(span, "no-text", words, None);
        }
        value
    }

    /// What an expression comes to, before it is used.
    fn resolve(&mut self, expr: &Expr<'_>, known: &Known, how: Use) -> Value {
        match expr {
            Expr::Var(var) => self.variable(var.id, var.span(), known),
            Expr::GetAttr(get) => {
                let record = self.resolve(&get.expr, known, Use::Ask);
                self.field(&record, get.name, get.span(), known)
            }
            Expr::GetItem(get) => {
                let record = self.resolve(&get.expr, known, Use::Ask);
                match &get.subscript_expr {
                    Expr::Const(key) if key.value.as_str().is_some() => {
                        let name = key.value.as_str().unwrap_or_default();
                        self.field(&record, name, get.span(), known)
                    }
                    key => {
                        self.value(key, known, Use::Work);
                        self.element(&record, get.span())
                    }
                }
            }
            Expr::Const(constant) if constant.value.is_number() => Value::of(&Kind::Number),
            Expr::Const(_) => Value::of(&Kind::Text),
            Expr::Filter(filter) => {
                let input = filter.expr.as_ref();
                self.filter(filter.name, input, &filter.args, filter.span(), known)
            }
            Expr::Call(call) => {
                self.arguments(&call.args, known);
                self.call(call, call.span(), known)
            }
            Expr::IfExpr(choice) => self.either(choice, known),
            Expr::BinOp(op) => self.operation(op, known, how),
            Expr::UnaryOp(_) | Expr::Compare(_) | Expr::Test(_) => {
                self.condition(expr, known);
                Value::of(&Kind::Flag)
            }
            Expr::Slice(slice) => {
                let bounds = [&slice.start, &slice.stop, &slice.step];
                self.items(bounds.into_iter().flatten(), known);
                self.value(&slice.expr, known, Use::Work)
            }
            Expr::List(list) => self.items(&list.items, known),
            Expr::Tuple(tuple) => self.items(&tuple.items, known),
            Expr::Map(map) => self.items(map.keys.iter().chain(&map.values), known),
        }
    }

    /// Expressions that are put into something else.
    fn items<'e>(&mut self, items: impl IntoIterator<Item = &'e Expr<'e>>, known: &Known) -> Value {
        for item in items {
            self.value(item, known, Use::Work);
        }
        Value::unknown()
    }

    fn either(&mut self, choice: &IfExpr<'_>, known: &Known) -> Value {
        let (yes, no) = self.condition(&choice.test_expr, known);
        let first = self.value(&choice.true_expr, &yes, Use::Work);
        let other = choice.false_expr.as_ref();
        if let Some(other) = other {
            self.value(other, &no, Use::Work);
        }
        Value {
            maybe: other.is_none(),
            path: None,
            ..first
        }
    }

    fn variable(&mut self, name: &str, span: Span, known: &Known) -> Value {
        if let Some(value) = self.local(name, span) {
            return value;
        }
        let Kind::Record(fields) = super::schema::LETTER else {
            return Value::unknown();
        };
        match fields.iter().find(|f| f.name == name) {
            Some(field) => self.found(field, "", name.to_owned(), span, known),
            None => {
                let names = fields.iter().map(|f| f.name);
                let hint = meant(name, names);
                self.find(
                    span,
                    "unknown-variable",
                    format!("there is no `{name}`"),
                    hint,
                );
                Value::unknown()
            }
        }
    }

    fn field(&mut self, record: &Value, name: &str, span: Span, known: &Known) -> Value {
        let path = match record.path.as_deref() {
            Some("") | None => name.to_owned(),
            Some(path) => format!("{path}.{name}"),
        };
        let of = record.path.clone().unwrap_or_else(|| "a value".to_owned());
        match record.kind {
            None => Value::unknown(),
            Some(Kind::Words) => Value {
                path: Some(path),
                ..Value::of(&Kind::Words)
            },
            Some(Kind::Record(fields)) => {
                if record.maybe {
                    let words =
                        format!("`{of}` is not in every letter, and `{path}` is asked of it");
                    let hint = match super::schema::BLOCK {
                        Kind::Record(block)
                            if block.iter().any(|f| {
                                of.ends_with(&format!(".{}", f.name))
                                    && matches!(f.there, There::Kinds(_))
                            }) =>
                        {
                            format!("put it inside `{{% if {of} %}}`, or ask for the block’s kind")
                        }
                        _ => format!("put it inside `{{% if {of} %}}`"),
                    };
                    self.find(span, "unguarded", words, Some(hint));
                }
                match fields.iter().find(|f| f.name == name) {
                    Some(field) => self.found(field, &of, path, span, known),
                    None => {
                        let hint = meant(name, fields.iter().map(|f| f.name));
                        let words = format!("there is no `{name}` in `{of}`");
                        self.find(span, "unknown-field", words, hint);
                        Value::unknown()
                    }
                }
            }
            Some(_) => {
                let words = format!("`{of}` has no parts, so there is no `{path}`");
                self.find(span, "unknown-field", words, None);
                Value::unknown()
            }
        }
    }

    fn found(&mut self, field: &Field, of: &str, path: String, span: Span, known: &Known) -> Value {
        if field.text_only && !self.plain {
            let words = format!("`{path}` is in plain text letters only");
            self.find(span, "unknown-field", words, None);
        }
        Value {
            kind: Some(field.kind),
            maybe: !known.is_there(of, &path, field.there),
            personal: field.personal,
            path: match field.kind {
                Kind::Words => Some(String::new()),
                _ => Some(path),
            },
        }
    }

    fn element(&mut self, list: &Value, span: Span) -> Value {
        match list.kind {
            None => Value::unknown(),
            Some(Kind::List(kind)) => Value {
                maybe: true,
                ..Value::of(kind)
            },
            Some(_) => {
                let words = "a name that is worked out cannot be checked".to_owned();
                self.find(
                    span,
                    "unknown-field",
                    words,
                    Some("write the name after a dot".to_owned()),
                );
                Value::unknown()
            }
        }
    }

    /// A word that is printed, or called with what it fills in.
    fn word(&mut self, span: Span, key: &str, args: &[CallArg<'_>]) {
        if key.is_empty() {
            let words = "`words` is no text: a word has a name, as in `words.footer.view`";
            return self.find(span, "unknown-word", words.to_owned(), None);
        }
        let catalogue = self.catalogue;
        if let Some(lacking) = catalogue.all().find(|w| !w.has(key)) {
            let language = lacking.language();
            let words = format!("there is no word `{key}` in the words of `{language}`");
            let hint = format!("add it to the words of `{language}`, or use one that is there");
            return self.find(span, "unknown-word", words, Some(hint));
        }
        let fills = catalogue.all().next().and_then(|w| w.fills(key));
        let wanted: BTreeSet<&str> = fills.into_iter().flatten().collect();
        let given: BTreeSet<&str> = args
            .iter()
            .map(|arg| match arg {
                CallArg::Kwarg(name, _) => *name,
                _ => "",
            })
            .collect();
        if wanted != given {
            let call: Vec<String> = wanted.iter().map(|name| format!("{name}=…")).collect();
            let words = format!("the word `{key}` is not given what it fills in");
            let hint = format!("write `words.{key}({})`", call.join(", "));
            self.find(span, "unknown-word", words, Some(hint));
        }
    }

    fn filter(
        &mut self,
        name: &str,
        input: Option<&Expr<'_>>,
        args: &[CallArg<'_>],
        span: Span,
        known: &Known,
    ) -> Value {
        if !FILTERS.contains(&name) {
            let hint = match name {
                "safe" | "escape" | "e" => Some("every text is escaped where it stands".to_owned()),
                _ => meant(name, FILTERS.iter().copied()),
            };
            let words = format!("there is no filter `{name}`");
            self.find(span, "unknown-filter", words, hint);
        }
        self.arguments(args, known);
        let Some(input) = input else {
            return Value::of(&Kind::Text);
        };
        if name == "default" {
            let value = self.resolve(input, known, Use::Ask);
            if value.kind == Some(&Kind::Words) {
                return self.value(input, known, Use::Work);
            }
            if value.personal {
                self.value(input, &known.never(), Use::Work);
            }
            return Value {
                maybe: false,
                path: None,
                ..value
            };
        }
        let value = self.value(input, known, Use::Work);
        match (name, value.kind) {
            ("length", _) => Value::of(&Kind::Number),
            ("first" | "last", Some(Kind::List(kind))) => Value::of(kind),
            ("first" | "last", None) => Value::unknown(),
            _ => Value::of(&Kind::Text),
        }
    }

    pub(super) fn arguments(&mut self, args: &[CallArg<'_>], known: &Known) {
        for arg in args {
            match arg {
                CallArg::Pos(e)
                | CallArg::Kwarg(_, e)
                | CallArg::PosSplat(e)
                | CallArg::KwargSplat(e) => {
                    self.value(e, known, Use::Work);
                }
            }
        }
    }

    fn call(&mut self, call: &Call<'_>, span: Span, known: &Known) -> Value {
        match &call.expr {
            Expr::Var(var) if self.local(var.id, span).is_some() => Value::unknown(),
            Expr::Var(var) if FUNCTIONS.contains(&var.id) => Value::of(&Kind::List(&Kind::Number)),
            Expr::Var(var) => {
                let hint = meant(var.id, FUNCTIONS.iter().copied());
                let words = format!("there is no function `{}`", var.id);
                self.find(span, "unknown-function", words, hint);
                Value::unknown()
            }
            Expr::GetAttr(get) => {
                let of = self.resolve(&get.expr, known, Use::Ask);
                if of.kind == Some(&Kind::Words) {
                    let word = self.field(&of, get.name, span, known);
                    self.word(span, word.path.as_deref().unwrap_or_default(), &call.args);
                    return Value::of(&Kind::Text);
                }
                let of_loop = of.path.as_deref() == Some("loop");
                if !(of_loop && matches!(get.name, "cycle" | "changed")) {
                    let words = format!("there is no function `{}`", get.name);
                    self.find(span, "unknown-function", words, None);
                }
                Value::unknown()
            }
            other => {
                self.value(other, known, Use::Work);
                Value::unknown()
            }
        }
    }

    pub(super) fn test(&mut self, name: &str, span: Span) {
        if !TESTS.contains(&name) {
            let hint = meant(name, TESTS.iter().copied());
            self.find(
                span,
                "unknown-test",
                format!("there is no test `{name}`"),
                hint,
            );
        }
    }
}
