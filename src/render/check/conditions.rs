//! Conditions of a template: what is known where they hold, and where they do not.

use minijinja::machinery::Span;
use minijinja::machinery::ast::{BinOp, BinOpKind, Compare, CompareOpKind, Expr, UnaryOpKind};

use super::finding::meant;
use super::kind::Kind;
use super::known::Known;
use super::values::{Use, Value};
use super::walk::Walk;

impl Walk<'_> {
    /// What is known where a condition holds, and where it does not.
    pub(super) fn condition(&mut self, expr: &Expr<'_>, known: &Known) -> (Known, Known) {
        match expr {
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => {
                let (yes, no) = self.condition(&op.expr, known);
                (no, yes)
            }
            Expr::BinOp(op) => match op.op {
                BinOpKind::ScAnd => {
                    let (left, not_left) = self.condition(&op.left, known);
                    let (both, not_right) = self.condition(&op.right, &left);
                    (both, not_left.either(not_right))
                }
                BinOpKind::ScOr => {
                    let (left, not_left) = self.condition(&op.left, known);
                    let (right, neither) = self.condition(&op.right, &not_left);
                    (left.either(right), neither)
                }
                BinOpKind::Eq => self.equal(&op.left, &op.right, false, known),
                BinOpKind::Ne => self.equal(&op.left, &op.right, true, known),
                BinOpKind::In => self.among(&op.left, &op.right, false, known),
                _ => {
                    self.value(expr, known, Use::Work);
                    (known.clone(), known.clone())
                }
            },
            Expr::Compare(chain) => self.chain(chain, known),
            Expr::Test(test) => {
                self.test(test.name, test.span());
                self.arguments(&test.args, known);
                let asks = matches!(test.name, "none" | "defined" | "undefined");
                let how = if asks { Use::Ask } else { Use::Work };
                let value = self.value(&test.expr, known, how);
                match (test.name, value.path) {
                    ("none", Some(path)) => (known.clone(), known.with(&path)),
                    _ => (known.clone(), known.clone()),
                }
            }
            _ => {
                let value = self.value(expr, known, Use::Ask);
                match value.path {
                    Some(path) => (known.with(&path), known.clone()),
                    None => (known.clone(), known.clone()),
                }
            }
        }
    }

    fn chain(&mut self, chain: &Compare<'_>, known: &Known) -> (Known, Known) {
        if let [only] = chain.ops.as_slice() {
            match only.op {
                CompareOpKind::Eq => return self.equal(&chain.expr, &only.expr, false, known),
                CompareOpKind::Ne => return self.equal(&chain.expr, &only.expr, true, known),
                CompareOpKind::In => return self.among(&chain.expr, &only.expr, false, known),
                CompareOpKind::NotIn => return self.among(&chain.expr, &only.expr, true, known),
                _ => {}
            }
        }
        self.value(&chain.expr, known, Use::Work);
        for op in &chain.ops {
            self.value(&op.expr, known, Use::Work);
        }
        (known.clone(), known.clone())
    }

    fn equal(
        &mut self,
        left: &Expr<'_>,
        right: &Expr<'_>,
        not: bool,
        known: &Known,
    ) -> (Known, Known) {
        let (side, constant) = match (left, right) {
            (side, Expr::Const(constant)) | (Expr::Const(constant), side) => (side, constant),
            _ => {
                self.compared(left, known);
                self.compared(right, known);
                return (known.clone(), known.clone());
            }
        };
        let value = self.compared(side, known);
        let words: Vec<String> = constant
            .value
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect();
        self.narrow(&value, &words, not, constant.span(), known)
    }

    fn among(
        &mut self,
        left: &Expr<'_>,
        right: &Expr<'_>,
        not: bool,
        known: &Known,
    ) -> (Known, Known) {
        let value = self.compared(left, known);
        let items = match right {
            Expr::List(list) => &list.items,
            Expr::Tuple(tuple) => &tuple.items,
            other => {
                self.value(other, known, Use::Work);
                return (known.clone(), known.clone());
            }
        };
        let word = |e: &Expr<'_>| match e {
            Expr::Const(c) => c.value.as_str().map(str::to_owned),
            _ => None,
        };
        let words: Option<Vec<String>> = items.iter().map(word).collect();
        match words {
            Some(words) => self.narrow(&value, &words, not, right.span(), known),
            None => {
                items.iter().for_each(|e| {
                    self.value(e, known, Use::Work);
                });
                (known.clone(), known.clone())
            }
        }
    }

    /// A side of a comparison: it may be missing, but it may not be one reader's own.
    fn compared(&mut self, side: &Expr<'_>, known: &Known) -> Value {
        self.value(side, &known.never(), Use::Work);
        let value = self.value(side, known, Use::Ask);
        if value.personal {
            return Value::unknown();
        }
        value
    }

    fn narrow(
        &mut self,
        value: &Value,
        words: &[String],
        not: bool,
        span: Span,
        known: &Known,
    ) -> (Known, Known) {
        let (Some(Kind::OneOf(all)), Some(path)) = (value.kind, &value.path) else {
            return (known.clone(), known.clone());
        };
        for word in words.iter().filter(|w| !all.contains(&w.as_str())) {
            let hint = meant(word, all.iter().copied());
            let hint = hint.or_else(|| Some(format!("it is one of {}", all.join(", "))));
            let words = format!("`{path}` is never `{word}`");
            self.find(span, "never", words, hint);
        }
        let these: Vec<&str> = words.iter().map(String::as_str).collect();
        let yes = known.narrowed(path, all, &these, not);
        let no = known.narrowed(path, all, &these, !not);
        (yes, no)
    }

    /// An operator between two values.
    pub(super) fn operation(&mut self, op: &BinOp<'_>, known: &Known, how: Use) -> Value {
        let sides = |walk: &mut Self| {
            let left = walk.value(&op.left, known, Use::Work);
            let right = walk.value(&op.right, known, Use::Work);
            (left, right)
        };
        match op.op {
            BinOpKind::ScOr => {
                let (_, no) = self.condition(&op.left, known);
                let left = self.value(&op.left, &known.never(), Use::Work);
                // What is asked for may be missing on the right as well.
                let right = match how {
                    Use::Ask => self.value(&op.right, &no, Use::Ask),
                    _ => self.value(&op.right, &no, Use::Work),
                };
                Value {
                    kind: left.kind.filter(|k| right.kind == Some(*k)),
                    maybe: false,
                    personal: false,
                    path: None,
                }
            }
            BinOpKind::ScAnd => {
                let (yes, _) = self.condition(&op.left, known);
                self.value(&op.left, &known.never(), Use::Work);
                let right = self.value(&op.right, &yes, how);
                Value {
                    path: None,
                    ..right
                }
            }
            BinOpKind::Concat => {
                sides(self);
                Value::of(&Kind::Text)
            }
            BinOpKind::Eq
            | BinOpKind::Ne
            | BinOpKind::Lt
            | BinOpKind::Lte
            | BinOpKind::Gt
            | BinOpKind::Gte
            | BinOpKind::In => {
                sides(self);
                Value::of(&Kind::Flag)
            }
            _ => {
                sides(self);
                Value::unknown()
            }
        }
    }
}
