//! How often a loop turns that counts to a constant.

use minijinja::machinery::ast::{CallArg, Expr};

/// Turns of a loop over an expression; 1 where they cannot be known, or are none.
pub(super) fn of(iter: &Expr<'_>) -> u64 {
    let turns = match iter {
        Expr::List(list) => u64::try_from(list.items.len()).ok(),
        Expr::Tuple(tuple) => u64::try_from(tuple.items.len()).ok(),
        Expr::Const(constant) => constant.value.len().and_then(|n| u64::try_from(n).ok()),
        Expr::Call(call) => match &call.expr {
            Expr::Var(var) if var.id == "range" => counted(&call.args),
            _ => None,
        },
        _ => None,
    };
    turns.unwrap_or(1).max(1)
}

fn counted(args: &[CallArg<'_>]) -> Option<u64> {
    let number = |arg: &CallArg<'_>| match arg {
        CallArg::Pos(Expr::Const(constant)) => constant.value.as_i64(),
        _ => None,
    };
    let numbers: Option<Vec<i64>> = args.iter().map(number).collect();
    match numbers?.as_slice() {
        [to] => u64::try_from(*to).ok(),
        [from, to] => u64::try_from(to.checked_sub(*from)?).ok(),
        [from, to, step] => {
            let turns = to.checked_sub(*from)?.checked_div(*step)?;
            u64::try_from(turns).ok()
        }
        _ => None,
    }
}
