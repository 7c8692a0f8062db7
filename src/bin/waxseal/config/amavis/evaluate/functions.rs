//! Functions, strings with variables in them, and the one program that is followed.

use super::assign::{Step, Target};
use super::expression::{flattened, plain_text};
use super::{Evaluated, Evaluator, MAX_TEXT};
use crate::config::amavis::lexer::Sigil;
use crate::config::amavis::names::near_function;
use crate::config::amavis::quoted::{Part, Subscript};
use crate::config::amavis::syntax::Node;
use crate::config::amavis::value::{Kind, Value};

impl Evaluator {
    pub(super) fn call(&mut self, node: &Node, name: &str, arguments: &[Node]) -> Kind {
        match (name, arguments) {
            ("undef", []) => Kind::Undef,
            ("lc" | "uc", [argument]) => match self.scalar(argument).kind {
                Kind::Text(text) if name == "lc" => Kind::Text(text.to_lowercase()),
                Kind::Text(text) => Kind::Text(text.to_uppercase()),
                Kind::Undef => Kind::text(""),
                other => Kind::Unknown(other.describe()),
            },
            ("lc" | "uc", []) => match self.variables.get(&self.key(Sigil::Scalar, "_")) {
                Some(Value { kind: Kind::Text(text), .. }) if name == "lc" => {
                    Kind::Text(text.to_lowercase())
                }
                Some(Value { kind: Kind::Text(text), .. }) => Kind::Text(text.to_uppercase()),
                _ => Kind::Unknown("$_ is not set".to_owned()),
            },
            ("int", [argument]) => match self.scalar(argument).number() {
                Ok(number) => Kind::number(number.trunc()),
                Err(why) => Kind::Unknown(why),
            },
            ("join", [separator, rest @ ..]) => {
                let separator = self.scalar(separator);
                let values: Vec<Value> = rest.iter().flat_map(|node| self.list(node)).collect();
                let texts = std::iter::once(&separator).chain(&values).map(plain_text);
                match texts.collect::<Result<Vec<_>, _>>() {
                    Ok(texts) => self.bounded(texts[1..].join(&texts[0])),
                    Err(why) => Kind::Unknown(why),
                }
            }
            ("defined", [argument]) => match self.scalar(argument).kind {
                Kind::Undef => Kind::flag(false),
                Kind::Unknown(why) => Kind::Unknown(why),
                _ => Kind::flag(true),
            },
            ("scalar", [argument]) => self.kind_at_depth(argument),
            ("idn_to_ascii", [argument]) => match self.scalar(argument).kind {
                Kind::Text(text) => match waxseal::DomainName::parse(&text) {
                    Ok(name) => Kind::text(name.as_str()),
                    Err(_) => Kind::Text(text),
                },
                other => other,
            },
            ("Opaque" | "OpaqueRef", [argument]) => self.kind_at_depth(argument),
            (
                "push"
                | "unshift"
                | "dkim_key"
                | "include_config_files"
                | "do"
                | "require"
                | "include_optional_config_files"
                | "chomp"
                | "eval"
                | "read_config_file",
                _,
            ) => match self.call_effect(node, name, arguments) {
                Ok(()) => Kind::text("1"),
                Err(why) => Kind::Unknown(why),
            },
            _ if near_function(name).is_some() => {
                self.misspelt(node.start, name);
                Kind::Unknown(format!("there is no function {name}"))
            }
            (_, []) => Kind::Opaque(name.to_owned()),
            _ => {
                // What is set on the way to the function is set.
                arguments.iter().for_each(|argument| drop(self.list(argument)));
                Kind::Unknown(format!("{name}(…) is not evaluated"))
            }
        }
    }

    /// A string, its variables put in.
    pub(super) fn text(&mut self, parts: &[Part]) -> Kind {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Odd(why) => return Kind::Unknown(format!("it has {why}")),
                Part::Variable(sigil, name, subscripts) => {
                    match self.interpolated(*sigil, name, subscripts) {
                        Ok(piece) => text.push_str(&piece),
                        Err(why) => return Kind::Unknown(why),
                    }
                }
            }
            if text.len() > MAX_TEXT {
                break;
            }
        }
        self.bounded(text)
    }

    pub(super) fn interpolated(
        &mut self,
        sigil: Sigil,
        name: &str,
        subscripts: &[Subscript],
    ) -> Evaluated<String> {
        let container = match subscripts.first() {
            Some(Subscript::Key(_) | Subscript::Scalar(_)) => Sigil::Hash,
            Some(Subscript::Index(_)) => Sigil::Array,
            None => sigil,
        };
        let steps: Evaluated<Vec<Step>> = subscripts
            .iter()
            .map(|subscript| match subscript {
                Subscript::Key(key) => Ok(Step::Key(key.clone())),
                Subscript::Scalar(name) => {
                    let value = self.variables.get(&self.key(Sigil::Scalar, name));
                    let text = value.map_or_else(|| Err(format!("${name} is not set")), plain_text);
                    text.map(Step::Key)
                }
                Subscript::Index(index) => Ok(Step::Index(*index)),
            })
            .collect();
        let mut target =
            Target { sigil: container, name: name.to_owned(), steps: steps?, whole: None };
        let mut value = self.at(&target);
        if value.is_none() && !subscripts.is_empty() && sigil == Sigil::Scalar {
            // "$x->{…}", or "$x" with a bracket behind it that is text: the first is meant.
            target.sigil = Sigil::Scalar;
            value = self.at(&target);
        }
        match value {
            Some(value) if sigil == Sigil::Array => {
                let texts: Result<Vec<_>, _> = flattened(value).iter().map(plain_text).collect();
                Ok(texts?.join(" "))
            }
            Some(value) => plain_text(&self.resolved(&value)),
            None if sigil == Sigil::Array => Err(format!(
                "in double quotes @{name} is a list of that name; write \\@{name}, or single quotes"
            )),
            None => Err(format!("${name} is not set")),
        }
    }

    /// The first line of a file, where a program does no more than to print it; Debian's
    /// configuration takes the domain from /etc/mailname like this.
    pub(super) fn program(&mut self, parts: &[Part]) -> Kind {
        let command = match self.text(parts) {
            Kind::Text(command) => command,
            other => return other,
        };
        let words: Vec<&str> = command.split_whitespace().collect();
        if let ["head", "-n", "1", file]
        | ["head", "-1", file]
        | ["head", "-n1", file]
        | ["cat", file] = words.as_slice()
            && file.starts_with('/')
        {
            return match std::fs::read_to_string(file) {
                Ok(text) => Kind::text(text.lines().next().unwrap_or_default()),
                Err(error) => Kind::Unknown(format!("{file} cannot be read: {error}")),
            };
        }
        Kind::Unknown(format!("it is the output of the program {command:?}, which is not run"))
    }
}
