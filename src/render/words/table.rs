//! A catalogue as templates see it: `words.footer.view` prints, `words.more.web(n=3)` fills in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Kwargs, Object};
use minijinja::{Error, ErrorKind, State, Value};

use super::Words;

/// All texts, nested by the parts of their keys.
pub(super) fn of(words: &Words) -> Value {
    let mut root = Group::default();
    for key in words.0.messages.keys() {
        let text = match words.get(key) {
            Some(text) => Value::from(text),
            None => Value::from_object(Filled {
                words: words.clone(),
                key: key.clone(),
            }),
        };
        let mut group = &mut root;
        let mut parts = key.split('.').peekable();
        while let Some(part) = parts.next() {
            match parts.peek() {
                Some(_) => group = group.groups.entry(part.to_owned()).or_default(),
                None => {
                    group.texts.insert(part.to_owned(), text.clone());
                }
            }
        }
    }
    root.value()
}

#[derive(Default)]
struct Group {
    texts: BTreeMap<String, Value>,
    groups: BTreeMap<String, Group>,
}

impl Group {
    fn value(self) -> Value {
        let groups = self.groups.into_iter().map(|(k, g)| (k, g.value()));
        Value::from(
            self.texts
                .into_iter()
                .chain(groups)
                .collect::<BTreeMap<_, _>>(),
        )
    }
}

/// A text that fills something in, waiting for its values.
#[derive(Debug)]
struct Filled {
    words: Words,
    key: String,
}

impl Object for Filled {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (values,): (Kwargs,) = minijinja::value::from_args(args)?;
        self.words.call(&self.key, &values).map(Value::from)
    }

    /// Printed without a call, it shows what it would fill in.
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.words.0.messages.get(&self.key);
        let names = message.map(|m| &m.shape.variables).into_iter().flatten();
        let values: Vec<(&str, &str)> = names.map(|n| (n.as_str(), n.as_str())).collect();
        f.write_str(&self.words.fill(&self.key, &values))
    }
}

impl Words {
    /// [`Words::fill`] as a template calls it: exactly the text's own variables, by name.
    pub fn call(&self, key: &str, values: &Kwargs) -> Result<String, Error> {
        let refuse = |what: String| Err(Error::new(ErrorKind::UndefinedError, what));
        let Some(message) = self.0.messages.get(key) else {
            return refuse(format!("there is no text `{key}`"));
        };
        let mut named = Vec::new();
        for name in &message.shape.variables {
            let value: Value = values.get(name)?;
            if value.is_undefined() || value.is_none() {
                return refuse(format!("`{key}` is given a `{name}` that is not there"));
            }
            named.push((name.as_str(), value.to_string()));
        }
        values.assert_all_used()?;
        let named: Vec<(&str, &str)> = named.iter().map(|(n, v)| (*n, v.as_str())).collect();
        Ok(self.fill(key, &named))
    }
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, context};

    use crate::render::words::Catalogue;

    #[test]
    fn templates_print_texts_and_call_those_that_fill_something_in() {
        let all = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        let words = all.language("en").expect("English").table();
        let env = Environment::new();
        let shown = |text: &str| env.render_str(text, context! { words => words.clone() });
        let printed = shown("{{ words.footer.view }}|{{ words.more.web(n=left) }}");
        assert!(printed.is_err(), "`left` is not there");
        let printed = shown(
            "{{ words.footer.view }}|{{ words.more.web(n=1) }}|{{ words.terms.wrong.hour_form }}",
        );
        assert_eq!(
            printed.expect("printed"),
            "View in browser|1 more story on the web|Write a time of day such as 07:30."
        );
        assert!(shown("{{ words.more.web() }}").is_err());
        assert!(shown("{{ words.more.web(n=1, m=2) }}").is_err());
        assert_eq!(
            shown("{{ words.why.topic }}").expect("names"),
            "Because you follow topic"
        );
        let template = env
            .template_from_str("{{ words.more.web(n=left_out) }}")
            .expect("parsed");
        let asked = template.undeclared_variables(true);
        assert!(
            asked.contains("words.more.web") && asked.contains("left_out"),
            "{asked:?}"
        );
    }
}
