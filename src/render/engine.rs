//! The template engine, held short: strict about what is not there, escaping always, and bounded in
//! steps, memory, depth and output, without a clock.
//!
//! Its filters, tests and functions are listed here one by one; what is not listed does not exist.

use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Rest;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, filters,
    tests as asks,
};

use super::clean::escape;
use super::error::{Bound, RenderError};
use super::marks::{Mark, of_error};
use super::said::{bound, failed, refused, undefined};
use super::script::{closed_lines, isolated_lines};
use super::splice::Personal;
use super::wrap::{COLUMNS, underline, wrap};

/// Steps of one part of one letter; 64 bytes of text that are made or read count as one, so that
/// they bound memory, too: 12.8 MB. Fifty stories take some thousands.
pub(super) const FUEL: u64 = 200_000;
/// Bytes of one part of a letter; the largest letter that may leave has 102,400.
pub(super) const OUTPUT: usize = 512 << 10;
/// Bytes of a template, its blocks joined.
pub(super) const SOURCE: usize = 1 << 20;
/// Lines of a template, its blocks joined: what the engine can count.
const LINES: usize = 60_000;
/// Levels of loops, conditions and calls.
pub(super) const RECURSION: usize = 100;
/// How far `range` counts.
const RANGE: i64 = 1_000;
/// Columns that a margin takes at most.
const MARGIN: usize = COLUMNS / 2;

/// Filters that templates may use.
pub(super) const FILTERS: &[&str] = &[
    "capitalize",
    "default",
    "first",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "title",
    "trim",
    "underline",
    "upper",
    "wrap",
];

/// Tests that templates may use.
pub(super) const TESTS: &[&str] = &[
    "defined",
    "divisibleby",
    "endingwith",
    "even",
    "in",
    "none",
    "number",
    "odd",
    "startingwith",
    "string",
    "undefined",
];

/// Functions that templates may call.
pub(super) const FUNCTIONS: &[&str] = &["range"];

/// How templates are written: a line with a tag of the template language alone leaves nothing.
pub(super) fn syntax() -> Result<SyntaxConfig, Error> {
    let mut lines = SyntaxConfig::builder();
    // Pieces of a template end where they are cut, at a line end or not.
    lines.keep_trailing_newline(true);
    lines.trim_blocks(true).lstrip_blocks(true).build()
}

/// The engine without templates. Names that end in `.html` are escaped.
pub(super) fn environment() -> Result<Environment<'static>, Error> {
    let mut env = Environment::empty();
    env.set_syntax(syntax()?);
    env.set_auto_escape_callback(|name| match name.ends_with(".html") {
        true => AutoEscape::Html,
        false => AutoEscape::None,
    });
    env.set_formatter(print);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    bounded(&mut env);
    words(&mut env);
    Ok(env)
}

/// Sets the bounds that need no template's help: steps, and with them memory, and depth.
pub(super) fn bounded(env: &mut Environment<'_>) {
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    // The engine would keep a copy of every template's text with each of its errors.
    env.set_debug(false);
}

/// Adds every filter, test and function that there is.
fn words(env: &mut Environment<'_>) {
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("default", default);
    env.add_filter("first", filters::first);
    env.add_filter("join", filters::join);
    env.add_filter("last", filters::last);
    env.add_filter("length", filters::length);
    env.add_filter("lower", filters::lower);
    env.add_filter("replace", filters::replace);
    env.add_filter("title", filters::title);
    env.add_filter("trim", filters::trim);
    env.add_filter("underline", underlined);
    env.add_filter("upper", filters::upper);
    env.add_filter("wrap", wrapped);
    env.add_test("defined", asks::is_defined);
    env.add_test("divisibleby", asks::is_divisibleby);
    env.add_test("endingwith", asks::is_endingwith);
    env.add_test("even", asks::is_even);
    env.add_test("in", asks::is_in);
    env.add_test("none", asks::is_none);
    env.add_test("number", asks::is_number);
    env.add_test("odd", asks::is_odd);
    env.add_test("startingwith", asks::is_startingwith);
    env.add_test("string", asks::is_string);
    env.add_test("undefined", asks::is_undefined);
    env.add_function("range", range);
}

fn refuse(bound: Bound) -> Error {
    Error::new(ErrorKind::InvalidOperation, bound.to_string()).with_source(bound)
}

/// What is not there, or none, becomes the other value.
fn default(value: &Value, other: Rest<Value>) -> Value {
    match value.is_undefined() || value.is_none() {
        true => other.first().cloned().unwrap_or_else(|| Value::from("")),
        false => value.clone(),
    }
}

/// Wraps a text; every line but the first begins with the margin. Where the text runs the other way
/// than the letter, each of its lines is isolated.
fn wrapped(state: &State, text: &str, margin: Option<&str>) -> Result<String, Error> {
    let margin = margin.unwrap_or_default();
    if margin.len() > MARGIN {
        return Err(refuse(Bound::Margin(MARGIN)));
    }
    let lines = wrap(text, COLUMNS - margin.len());
    let lines = closed_lines(&lines);
    let lines = match state.lookup("direction") {
        Some(direction) => isolated_lines(&lines, direction.as_str().unwrap_or_default()),
        None => lines.into_owned(),
    };
    Ok(lines.replace('\n', &format!("\n{margin}")))
}

fn underlined(text: &str, mark: &str) -> Result<String, Error> {
    match mark.chars().count() {
        1 => Ok(underline(text, mark)),
        _ => Err(Error::new(
            ErrorKind::InvalidOperation,
            "a line is drawn with one character",
        )),
    }
}

/// The engine's own counts to 100,000.
fn range(from: i64, to: Option<i64>, step: Option<i64>) -> Result<Vec<i64>, Error> {
    let (from, to) = to.map_or((0, from), |to| (from, to));
    let step = step.unwrap_or(1);
    let wanted = i128::from(to) - i128::from(from);
    let items = match step {
        0 => return Err(refuse(Bound::Range(RANGE))),
        step => wanted / i128::from(step),
    };
    if items > i128::from(RANGE) {
        return Err(refuse(Bound::Range(RANGE)));
    }
    let mut at = from;
    let mut out = Vec::new();
    while (step > 0 && at < to) || (step < 0 && at > to) {
        out.push(at);
        at = at.saturating_add(step);
    }
    Ok(out)
}

/// Loads a template under a name; errors speak of the `file` that it was made of.
///
/// # Errors
/// It is too large, or the template language refuses it.
pub(super) fn load(
    env: &mut Environment<'static>,
    name: &'static str,
    file: &'static str,
    source: String,
) -> Result<(), RenderError> {
    sized(file, &source)?;
    env.add_template_owned(name, source)
        .map_err(|e| refused(file, &e))
}

/// Refuses a template of more bytes or lines than the engine is given.
pub(super) fn sized(template: &'static str, source: &str) -> Result<(), RenderError> {
    let bound = if source.len() > SOURCE {
        Bound::Source(SOURCE)
    } else if source.bytes().filter(|b| *b == b'\n').count() > LINES {
        Bound::Lines(LINES)
    } else {
        return Ok(());
    };
    Err(RenderError::Bound {
        template,
        bound,
        mark: None,
    })
}

/// Fills a loaded template in; errors speak of the file `template`.
///
/// # Errors
/// [`RenderError::Bound`] where it does not end, or makes too much; else what the engine says.
pub(super) fn fill(
    env: &Environment<'_>,
    name: &'static str,
    template: &'static str,
    context: Value,
) -> Result<String, RenderError> {
    let loaded = env.get_template(name).map_err(|e| refused(template, &e))?;
    let mut sink = Sink {
        text: Vec::with_capacity(32 << 10),
        full: false,
    };
    let done = loaded
        .render_captured_to(context.clone(), &mut sink)
        .map(drop);
    match done {
        Ok(()) => String::from_utf8(sink.text).map_err(|e| RenderError::Render {
            template,
            reason: e.to_string(),
            mark: None,
        }),
        Err(error) if sink.full => Err(RenderError::Bound {
            template,
            bound: Bound::Output(OUTPUT),
            mark: mark(env, &error),
        }),
        Err(error) => {
            let error = named(env, name, &error, &context).unwrap_or(error);
            Err(failed(template, &error, mark(env, &error)))
        }
    }
}

/// The error of a template that asks for what is not there, once more with the name of it. Debugging
/// costs a copy of the template's text, so that it is for faults alone.
fn named(env: &Environment<'_>, name: &str, error: &Error, context: &Value) -> Option<Error> {
    if bound(error).is_some() {
        return None;
    }
    let mut env = env.clone();
    env.set_debug(true);
    let error = env.get_template(name).ok()?.render(context.clone()).err()?;
    undefined(&error).is_some().then_some(error)
}

/// The mark of the expression that an error is of, in templates that have marks.
fn mark(env: &Environment<'_>, error: &Error) -> Option<Mark> {
    let template = env.get_template(error.name()?).ok()?;
    of_error(template.source(), error)
}

/// Takes so many bytes and no more.
struct Sink {
    text: Vec<u8>,
    full: bool,
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > OUTPUT {
            self.full = true;
            return Err(io::Error::other("full"));
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints a value. Unlike the engine's own, it leaves `/` alone, which needs no escape and would
/// make every link longer, and it refuses to print nothing as if it were something.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Err(Error::new(
            ErrorKind::UndefinedError,
            "a value that is not there is printed",
        ));
    }
    // By name: a template cannot switch it off.
    let html = state.name().ends_with(".html");
    if let Some(personal) = value.downcast_object_ref::<Personal>() {
        personal.print(out, html)?;
        return Ok(());
    }
    match value.as_str() {
        Some(text) if html => escape(out, text)?,
        Some(text) => out.write_str(text)?,
        None if html && !value.is_number() => escape(out, &value.to_string())?,
        None => write!(out, "{value}")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::{FILTERS, FUNCTIONS, TESTS, environment, fill, load};
    use crate::render::RenderError;
    use crate::render::error::Bound;

    const T: &str = "letter.txt";

    fn run(source: &str) -> Result<String, RenderError> {
        let mut env = environment().expect("an engine");
        load(&mut env, T, T, source.to_owned())?;
        let list: Vec<String> = (0..50).map(|n| format!("item {n} ")).collect();
        let text = "word ".repeat(2000);
        fill(
            &env,
            T,
            T,
            context! { list, text, nothing => None::<String> },
        )
    }

    /// The bound that ends a template.
    fn bound(source: &str) -> Bound {
        match run(source) {
            Err(RenderError::Bound { bound, .. }) => bound,
            other => panic!("{source}: {other:?}"),
        }
    }

    #[test]
    fn nothing_runs_for_ever() {
        for source in [
            "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
            "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        ] {
            assert!(matches!(bound(source), Bound::Depth(_)), "{source}");
        }
        let nested = "{% for a in range(1000) %}".repeat(4) + "x" + &"{% endfor %}".repeat(4);
        assert!(matches!(bound(&nested), Bound::Steps(_)));
        for source in [
            "{{ range(1000000000) }}",
            "{{ range(0, 9, 0) }}",
            "{{ range(9, -99999, -1) }}",
        ] {
            assert!(matches!(bound(source), Bound::Range(_)), "{source}");
        }
        assert_eq!(
            run("{{ range(5, 0, -2) | join(' ') }}").as_deref(),
            Ok("5 3 1")
        );
    }

    #[test]
    fn nothing_grows_for_ever() {
        let doubling = "{% set x = x ~ x %}".repeat(40);
        let grown = format!("{{% set x = 'xxxxxxxxxx' %}}{doubling}");
        let steps = [
            "{{ 'x' * 1000000000 }}",
            "{{ [1] * 1000000000 }}",
            "{% set x = 'x' * 5000000 %}{% set y = x ~ x ~ x ~ x %}",
            "{% set x = 'x' * 1000000 %}{{ x | replace('x', x) }}",
            "{% set x = 'x' * 1000000 %}{{ range(1000) | join(x) }}",
            "{% set x = ['x' * 9000] * 9000 %}{{ x | join }}",
            grown.as_str(),
        ];
        for source in steps {
            assert!(matches!(bound(source), Bound::Steps(_)), "{source}");
        }
        for source in [
            "{{ 'x' * 600000 }}",
            "{% for a in range(1000) %}{{ 'x' * 1000 }}{% endfor %}",
            "{% for a in range(1000) %}{{ text }}{% endfor %}",
        ] {
            assert!(matches!(bound(source), Bound::Output(_)), "{source}");
        }
        let wide = "{{ text | wrap('x' * 1000000) }}";
        assert!(matches!(bound(wide), Bound::Margin(_)));
        assert!(run("{{ text | underline('=' * 1000000) }}").is_err());
        assert!(matches!(bound(&"x".repeat(2 << 20)), Bound::Source(_)));
        assert!(matches!(bound(&"\n".repeat(70_000)), Bound::Lines(_)));
    }

    #[test]
    fn nothing_nests_for_ever() {
        for (open, close) in [
            ("{% if true %}", "{% endif %}"),
            ("{% for a in [1] %}", "{% endfor %}"),
            ("{{ [", "] }}"),
        ] {
            let deep = match open {
                "{{ [" => format!("{{{{ {}{} }}}}", "[".repeat(20_000), "]".repeat(20_000)),
                _ => open.repeat(20_000) + &close.repeat(20_000),
            };
            let refused = run(&deep);
            assert!(
                matches!(refused, Err(RenderError::Bound { .. })),
                "{open}: {refused:?}"
            );
        }
    }

    #[test]
    fn what_is_listed_is_there_and_nothing_else_is() {
        for name in FILTERS {
            let unknown = run(&format!("{{{{ 'a' | {name} }}}}"));
            assert!(!format!("{unknown:?}").contains("unknown filter"), "{name}");
        }
        for name in TESTS {
            let unknown = run(&format!("{{{{ 'a' is {name} }}}}"));
            assert!(!format!("{unknown:?}").contains("unknown test"), "{name}");
        }
        for name in [
            "safe", "escape", "format", "tojson", "indent", "batch", "list", "map", "e",
        ] {
            assert!(run(&format!("{{{{ 'a' | {name} }}}}")).is_err(), "{name}");
        }
        assert_eq!(FUNCTIONS, ["range"]);
        for call in ["dict()", "namespace()", "debug()", "super()"] {
            assert!(run(&format!("{{{{ {call} }}}}")).is_err(), "{call}");
        }
        assert_eq!(run("{{ nothing | default('x') }}").as_deref(), Ok("x"));
        assert!(run("{{ nothing }}").is_err());
    }

    #[test]
    fn escaping_cannot_be_turned_off() {
        let mut env = environment().expect("an engine");
        let page = "digest.html";
        let source =
            "{% autoescape false %}{{ x }}{% endautoescape %}{% set y %}{{ x }}{% endset %}";
        load(&mut env, page, page, source.to_owned()).expect("loads");
        let html = fill(&env, page, page, context! { x => "<b>" });
        assert_eq!(html.as_deref(), Ok("&lt;b&gt;"));
    }
}
