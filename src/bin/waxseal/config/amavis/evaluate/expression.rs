//! Expressions: what they come to where one value is wanted, and where a list is.

use std::collections::HashMap;

use super::{Evaluated, Evaluator, MAX_TEXT};
use crate::config::amavis::lexer::Sigil;
use crate::config::amavis::names::acts_on_dkim;
use crate::config::amavis::syntax::{Declarator, Expr, Node};
use crate::config::amavis::value::{Kind, Value, literal_number};

impl Evaluator {
    /// The values of the node where a list is wanted.
    pub(super) fn list(&mut self, node: &Node) -> Vec<Value> {
        if !self.pay(1) {
            return Vec::new();
        }
        match &node.expr {
            Expr::List(nodes) => nodes.iter().flat_map(|node| self.list(node)).collect(),
            Expr::Words(words) => {
                let place = self.place(node.start);
                words.iter().map(|word| Value::new(Kind::text(word), place.clone())).collect()
            }
            Expr::Declared(declarator, inner) => {
                self.declare(inner);
                if *declarator == Declarator::My {
                    self.begin_anew(inner);
                }
                self.list(inner)
            }
            Expr::Variable(sigil @ (Sigil::Array | Sigil::Hash), name) => {
                match self.variables.get(&self.key(*sigil, name)).cloned() {
                    Some(value) => {
                        self.pay(value.size());
                        flattened(value)
                    }
                    None => Vec::new(),
                }
            }
            Expr::Dereference(Sigil::Array | Sigil::Hash, inner) => {
                let value = self.scalar(inner);
                flattened(self.resolved(&value))
            }
            Expr::Assign(operator, target, value) => match self.assign(operator, target, value) {
                Ok(value) => flattened(value),
                Err(why) => vec![self.unknown(node.start, why)],
            },
            Expr::Choice(condition, yes, no) => match self.scalar(condition).truth() {
                Some(true) => self.list(yes),
                Some(false) => self.list(no),
                None => vec![self.unknown(node.start, "a condition is not known")],
            },
            Expr::Binary("..", from, to) => self.range(node, from, to),
            Expr::Call(name, arguments) => match name.as_str() {
                "undef" => vec![Value::new(Kind::Undef, self.place(node.start))],
                "keys" | "values" => {
                    let values: Vec<Value> =
                        arguments.iter().flat_map(|node| self.list(node)).collect();
                    let skip = usize::from(name == "values");
                    values.into_iter().skip(skip).step_by(2).collect()
                }
                "sort" => {
                    let values: Vec<Value> =
                        arguments.iter().flat_map(|node| self.list(node)).collect();
                    sorted(values)
                }
                "Opaque" | "OpaqueRef" => {
                    arguments.iter().flat_map(|node| self.list(node)).collect()
                }
                _ => vec![self.scalar(node)],
            },
            _ => vec![self.scalar(node)],
        }
    }

    pub(super) fn range(&mut self, node: &Node, from: &Node, to: &Node) -> Vec<Value> {
        let (from, to) = (self.scalar(from), self.scalar(to));
        let bounds = (from.number(), to.number());
        let (Ok(from), Ok(to)) = bounds else {
            return vec![self.unknown(node.start, "a range is not known")];
        };
        if to - from > 10_000.0 {
            return vec![self.unknown(node.start, "a range is too long")];
        }
        let place = self.place(node.start);
        let count = (to - from + 1.0).max(0.0) as usize;
        (0..count).map(|n| Value::new(Kind::number(from + n as f64), place.clone())).collect()
    }

    /// The value of the node where one is wanted.
    pub(super) fn scalar(&mut self, node: &Node) -> Value {
        if !self.pay(1) {
            return self.unknown(node.start, "too much is to be evaluated");
        }
        let kind = self.kind(node);
        Value::new(kind, self.place(node.start))
    }

    pub(super) fn kind(&mut self, node: &Node) -> Kind {
        match &node.expr {
            Expr::Text(parts) => self.text(parts),
            Expr::Number(digits) => match literal_number(digits) {
                Some(number) => Kind::number(number),
                None => Kind::Unknown(format!("{digits} is no number; write it in quotes")),
            },
            Expr::Words(words) => words.last().map_or(Kind::Undef, |word| Kind::text(word)),
            Expr::Program(parts) => self.program(parts),
            Expr::Variable(Sigil::Scalar, name) => {
                match self.variables.get(&self.key(Sigil::Scalar, name)).cloned() {
                    Some(value) => {
                        self.pay(value.size());
                        value.kind
                    }
                    None => Kind::Unknown(format!("${name} is not set")),
                }
            }
            Expr::Variable(Sigil::Array | Sigil::Hash, _) => {
                let count = self.list(node).len();
                Kind::number(count as f64)
            }
            Expr::Variable(sigil, name) => Kind::Opaque(format!("{}{name}", sigil.text())),
            Expr::Dereference(Sigil::Scalar, inner) => {
                let value = self.scalar(inner);
                match self.followed(&value) {
                    Some(referent) => referent.kind.clone(),
                    None => Kind::Undef,
                }
            }
            Expr::Dereference(sigil @ (Sigil::Code | Sigil::LastIndex), _) => {
                Kind::Unknown(format!("{}{{…}} is not evaluated", sigil.text()))
            }
            Expr::Dereference(..) => {
                let count = self.list(node).len();
                Kind::number(count as f64)
            }
            Expr::Element(..) => match self.target(node) {
                Ok(target) => self.at(&target).map_or(Kind::Undef, |value| value.kind),
                Err(why) => Kind::Unknown(why),
            },
            Expr::List(nodes) => match nodes.as_slice() {
                [] => Kind::Undef,
                [.., last] => self.kind_at_depth(last),
            },
            Expr::Array(nodes) => {
                let list = Kind::List(nodes.iter().flat_map(|node| self.list(node)).collect());
                self.anonymous(Sigil::Array, list, node.start)
            }
            Expr::Hash(nodes) => {
                let pairs = pairs(nodes.iter().flat_map(|node| self.list(node)).collect());
                match pairs {
                    Kind::Hash(_) => self.anonymous(Sigil::Hash, pairs, node.start),
                    other => other,
                }
            }
            Expr::Call(name, arguments) => self.call(node, name, arguments),
            Expr::Declared(declarator, inner) => {
                self.declare(inner);
                if *declarator == Declarator::My {
                    self.begin_anew(inner);
                }
                self.kind_at_depth(inner)
            }
            Expr::Assign(operator, target, value) => match self.assign(operator, target, value) {
                Ok(value) => value.kind,
                Err(why) => Kind::Unknown(why),
            },
            Expr::Binary("||", left, right) => {
                let left = self.scalar(left);
                match left.truth() {
                    Some(true) => left.kind,
                    Some(false) => self.kind_at_depth(right),
                    None => Kind::Unknown(left.kind.describe()),
                }
            }
            Expr::Binary("&&", left, right) => {
                let left = self.scalar(left);
                match left.truth() {
                    Some(true) => self.kind_at_depth(right),
                    Some(false) => left.kind,
                    None => Kind::Unknown(left.kind.describe()),
                }
            }
            Expr::Binary("//", left, right) => {
                let left = self.scalar(left);
                match left.kind {
                    Kind::Undef => self.kind_at_depth(right),
                    kind => kind,
                }
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.scalar(left), self.scalar(right));
                self.binary(operator, &left, &right)
            }
            Expr::Unary("!", inner) => match self.scalar(inner).truth() {
                Some(truth) => Kind::flag(!truth),
                None => Kind::Unknown("a condition is not known".to_owned()),
            },
            Expr::Unary("-", inner) => {
                let value = self.scalar(inner);
                match (value.number(), &value.kind) {
                    (_, Kind::Text(text)) if text.starts_with(|c: char| c.is_alphabetic()) => {
                        Kind::Text(format!("-{text}"))
                    }
                    (Ok(number), _) => Kind::number(-number),
                    (Err(why), _) => Kind::Unknown(why),
                }
            }
            Expr::Unary(operator, _) => Kind::Unknown(format!("{operator} is not evaluated")),
            Expr::Choice(condition, yes, no) => match self.scalar(condition).truth() {
                Some(true) => self.kind_at_depth(yes),
                Some(false) => self.kind_at_depth(no),
                None => Kind::Unknown("a condition is not known".to_owned()),
            },
            Expr::Reference(inner) => self.reference(inner),
            Expr::Opaque(what) => Kind::Opaque((*what).to_owned()),
        }
    }

    pub(super) fn kind_at_depth(&mut self, node: &Node) -> Kind {
        self.scalar(node).kind
    }

    pub(super) fn reference(&mut self, inner: &Node) -> Kind {
        match &inner.expr {
            Expr::Variable(Sigil::Code, name) => {
                if acts_on_dkim(name) {
                    let text = format!("{name} must be called by its name");
                    self.problem(inner.start, text);
                }
                Kind::Opaque(format!("\\&{name}"))
            }
            // Another variable may be declared by that name; this one lives on.
            Expr::Variable(sigil, name) if self.declared.contains(name) || name == "_" => {
                Kind::Reference(*sigil, self.bind(*sigil, name, inner.start))
            }
            Expr::Assign(operator, target, value) => match self.assign(operator, target, value) {
                Ok(_) => match &target.expr {
                    Expr::Declared(_, inner) => self.reference(inner),
                    _ => self.reference(target),
                },
                Err(why) => Kind::Unknown(why),
            },
            Expr::Dereference(sigil @ (Sigil::Array | Sigil::Hash), to) => {
                let value = self.scalar(to);
                match &value.kind {
                    Kind::Reference(..) => value.kind,
                    // It comes to be there.
                    Kind::Undef => match self.referred(*sigil, to) {
                        Ok(kind) => kind,
                        Err(why) => Kind::Unknown(why),
                    },
                    other => Kind::Unknown(other.describe()),
                }
            }
            Expr::Declared(declarator, of) => {
                self.declare(of);
                if *declarator == Declarator::My {
                    self.begin_anew(of);
                }
                self.reference(of)
            }
            Expr::Variable(sigil, name) => Kind::Reference(*sigil, name.clone()),
            // A reference to a scalar is only good for its value here.
            Expr::Dereference(..) | Expr::Element(..) | Expr::Text(_) => self.kind_at_depth(inner),
            _ => Kind::Opaque("a reference".to_owned()),
        }
    }

    pub(super) fn binary(&mut self, operator: &str, left: &Value, right: &Value) -> Kind {
        if operator == "." {
            return match (plain_text(left), plain_text(right)) {
                (Ok(left), Ok(right)) => self.bounded(left + &right),
                (Err(why), _) | (_, Err(why)) => Kind::Unknown(why),
            };
        }
        if matches!(operator, "eq" | "ne") {
            return match (plain_text(left), plain_text(right)) {
                (Ok(left), Ok(right)) => Kind::flag((left == right) == (operator == "eq")),
                (Err(why), _) | (_, Err(why)) => Kind::Unknown(why),
            };
        }
        let (left, right) = match (left.number(), right.number()) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(why), _) | (_, Err(why)) => return Kind::Unknown(why),
        };
        let number = match operator {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "**" => left.powf(right),
            "%" => left.rem_euclid(right),
            "==" => return Kind::flag(left == right),
            "!=" => return Kind::flag(left != right),
            "<" => return Kind::flag(left < right),
            ">" => return Kind::flag(left > right),
            "<=" => return Kind::flag(left <= right),
            ">=" => return Kind::flag(left >= right),
            other => return Kind::Unknown(format!("{other} is not evaluated")),
        };
        match number.is_finite() {
            true => Kind::number(number),
            false => Kind::Unknown("it is no number".to_owned()),
        }
    }

    pub(super) fn bounded(&mut self, text: String) -> Kind {
        self.pay(text.len() / 16);
        match text.len() > MAX_TEXT {
            true => Kind::Unknown("it is too long".to_owned()),
            false => Kind::Text(text),
        }
    }
}

/// The values in the order of their texts; as they are where one is not known.
fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    if let Some(odd) = values.iter().find(|value| !matches!(value.kind, Kind::Text(_))) {
        return vec![Value::new(Kind::Unknown(odd.kind.describe()), odd.place.clone())];
    }
    values.sort_by_cached_key(|value| plain_text(value).unwrap_or_default());
    values
}

/// A value as a string.
pub(super) fn plain_text(value: &Value) -> Evaluated<String> {
    match &value.kind {
        Kind::Text(text) => Ok(text.clone()),
        Kind::Undef => Ok(String::new()),
        other => Err(other.describe()),
    }
}

/// The values of a list or a hash, as they stand in a list.
pub(super) fn flattened(value: Value) -> Vec<Value> {
    match value.kind {
        Kind::List(list) => list,
        Kind::Hash(pairs) => pairs
            .into_iter()
            .flat_map(|(key, value)| {
                let place = value.place.clone();
                [Value::new(Kind::Text(key), place), value]
            })
            .collect(),
        Kind::Undef => Vec::new(),
        kind => vec![Value::new(kind, value.place)],
    }
}

/// Names and values by turns.
pub(super) fn pairs(values: Vec<Value>) -> Kind {
    let mut pairs: Vec<(String, Value)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut values = values.into_iter();
    while let Some(key) = values.next() {
        let Ok(name) = plain_text(&key) else {
            return Kind::Unknown(format!("a name in it is not known: {}", key.kind.describe()));
        };
        let mut value = values.next().unwrap_or_else(|| Value::new(Kind::Undef, key.place.clone()));
        // A setting stands where its name does.
        value.place = key.place;
        match places.get(&name) {
            Some(&at) => pairs[at].1 = value,
            None => {
                places.insert(name.clone(), pairs.len());
                pairs.push((name, value));
            }
        }
    }
    Kind::Hash(pairs)
}
