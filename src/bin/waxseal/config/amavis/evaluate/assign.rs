//! Assignments: where values are put, and what is put there.

use super::expression::pairs;
use super::{Evaluated, Evaluator, MAX_REFERENCES};
use crate::config::amavis::lexer::Sigil;
use crate::config::amavis::syntax::{Declarator, Expr, Node, Subscript};
use crate::config::amavis::value::{Kind, Value};
use crate::config::place::Place;

const NOT_FOLLOWED: &str = "it is changed in a way that is not followed";

/// One step into a value.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A place where a value can be put.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) sigil: Sigil,
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
    /// `@{…}`, `%{…}`: the whole of what stands there.
    pub(super) whole: Option<Sigil>,
}

impl Evaluator {
    pub(super) fn assign(
        &mut self,
        operator: &str,
        target: &Node,
        value: &Node,
    ) -> Evaluated<Value> {
        let (target, declared) = match &target.expr {
            Expr::Declared(declarator, inner) => (&**inner, Some(*declarator)),
            _ => (target, None),
        };
        if declared.is_some() {
            self.declare(target);
        }
        let is_new = declared == Some(Declarator::My);
        let place = self.place(target.start);
        match &target.expr {
            Expr::List(targets) if operator == "=" => {
                let values = self.list(value);
                if is_new {
                    self.begin_anew(target);
                }
                let mut rest = values.clone().into_iter();
                for target in targets {
                    if let Expr::Call(name, _) = &target.expr
                        && name == "undef"
                    {
                        rest.next();
                        continue;
                    }
                    let target = self.target(target)?;
                    let kind = match target.whole.unwrap_or(target.sigil) {
                        Sigil::Array if target.steps.is_empty() => {
                            Kind::List(rest.by_ref().collect())
                        }
                        Sigil::Hash if target.steps.is_empty() => pairs(rest.by_ref().collect()),
                        _ => rest.next().map_or(Kind::Undef, |value| value.kind),
                    };
                    self.put(&target, Value::new(kind, place.clone()))?;
                }
                return Ok(Value::new(Kind::List(values), place));
            }
            _ => {}
        }
        let to = self.target(target)?;
        let container = match to.whole {
            Some(whole) => whole,
            None if to.steps.is_empty() => to.sigil,
            None => Sigil::Scalar,
        };
        let new = match container {
            Sigil::Array | Sigil::Hash => {
                if operator != "=" {
                    return Err(format!("{operator} on a list is not evaluated"));
                }
                let values = self.list(value);
                if let Some(unknown) = lone_unknown(&values) {
                    unknown.clone()
                } else if container == Sigil::Array {
                    Value::new(Kind::List(values), place)
                } else {
                    Value::new(pairs(values), place)
                }
            }
            Sigil::Scalar => {
                // The value of an assignment is what it assigns: $a = $b = 1.
                let right = match &value.expr {
                    Expr::Assign(operator, target, value) => {
                        self.assign(operator, target, value)?
                    }
                    _ => self.scalar(value),
                };
                match operator {
                    "=" => Value::new(right.kind, place),
                    _ => {
                        let left = self.at(&to).unwrap_or(Value::new(Kind::Undef, place.clone()));
                        self.combined(operator, left, right, place)
                    }
                }
            }
            Sigil::Code | Sigil::LastIndex => {
                return Err(format!("{} cannot be set here", container.text()));
            }
        };
        if is_new {
            self.begin_anew(target);
        }
        self.put(&to, new.clone())?;
        Ok(new)
    }

    /// `$x .= …`, `$x ||= …` and their like.
    pub(super) fn combined(
        &mut self,
        operator: &str,
        left: Value,
        right: Value,
        place: Place,
    ) -> Value {
        let kind = match operator {
            "||=" => match left.truth() {
                Some(true) => left.kind,
                Some(false) => right.kind,
                None => Kind::Unknown(left.kind.describe()),
            },
            "&&=" => match left.truth() {
                Some(false) => left.kind,
                Some(true) => right.kind,
                None => Kind::Unknown(left.kind.describe()),
            },
            "//=" => match left.kind {
                Kind::Undef => right.kind,
                kind => kind,
            },
            _ => self.binary(operator.trim_end_matches('='), &left, &right),
        };
        Value::new(kind, place)
    }

    /// Where the node stands for a place to put a value.
    pub(super) fn target(&mut self, node: &Node) -> Evaluated<Target> {
        match &node.expr {
            Expr::Variable(sigil, name) => {
                Ok(Target { sigil: *sigil, name: name.clone(), steps: Vec::new(), whole: None })
            }
            Expr::Declared(declarator, inner) => {
                self.declare(inner);
                if *declarator == Declarator::My {
                    self.begin_anew(inner);
                }
                self.target(inner)
            }
            Expr::Assign(operator, target, value) => {
                self.assign(operator, target, value)?;
                self.target(target)
            }
            Expr::Element(container, subscript, key) => {
                let mut target = self.target(container)?;
                let key = self.scalar(key);
                let Kind::Text(key) = &key.kind else {
                    return Err(format!("a name is not known: {}", key.kind.describe()));
                };
                target.steps.push(match (subscript, key.parse()) {
                    (Subscript::Key, _) => Step::Key(key.clone()),
                    (Subscript::Index, Ok(index)) => Step::Index(index),
                    (Subscript::Index, Err(_)) => {
                        return Err(format!("the index {key} is not followed"));
                    }
                });
                target.whole = None;
                Ok(target)
            }
            Expr::Dereference(sigil, inner) => {
                let mut target = self.target(inner)?;
                target.whole = Some(*sigil);
                Ok(target)
            }
            Expr::Reference(inner) => self.target(inner),
            Expr::Opaque(what) => Err(format!("{what} is not evaluated")),
            _ => Err("a value is put where none can be".to_owned()),
        }
    }

    /// A reference to what is dereferenced there, which comes to be if it is not there.
    pub(super) fn referred(&mut self, sigil: Sigil, node: &Node) -> Evaluated<Kind> {
        let target = self.target(node)?;
        let empty = if sigil == Sigil::Array { Kind::List(Vec::new()) } else { pairs(Vec::new()) };
        let kind = self.anonymous(sigil, empty, node.start);
        let place = self.place(node.start);
        self.put(&target, Value::new(kind.clone(), place))?;
        Ok(kind)
    }

    /// The value at a target.
    pub(super) fn at(&mut self, target: &Target) -> Option<Value> {
        let mut value = self.variables.get(&self.key(target.sigil, &target.name))?;
        for step in &target.steps {
            value = step_into(self.followed(value)?, step)?;
        }
        let value = value.clone();
        self.pay(value.size());
        Some(value)
    }

    /// Puts a value at a target, making what is missing on the way. References on the way are
    /// followed: what is changed is changed for all who refer to it.
    pub(super) fn put(&mut self, target: &Target, value: Value) -> Evaluated<()> {
        self.pay(value.size());
        let place = value.place.clone();
        let mut key = self.key(target.sigil, &target.name);
        let mut steps = target.steps.as_slice();
        let mut whole = target.whole;
        for _ in 0..steps.len() + MAX_REFERENCES {
            let fresh = self.fresh_name();
            let undef = || Value::new(Kind::Undef, place.clone());
            // Arrays and hashes hold what is in them, scalars refer to it.
            let mut holds = key.0 != Sigil::Scalar;
            let mut slot = self.variables.entry(key).or_insert_with(undef);
            let next = loop {
                if holds {
                    let Some((step, rest)) = steps.split_first() else {
                        *slot = value;
                        return Ok(());
                    };
                    slot = match slot_for(slot, step, &place) {
                        Some(slot) => slot,
                        // Within what is unknown everything stays unknown.
                        None => return Ok(()),
                    };
                    steps = rest;
                    holds = false;
                    continue;
                }
                let wanted = match (steps.first(), whole) {
                    (None, None) => {
                        *slot = value;
                        return Ok(());
                    }
                    (Some(Step::Key(_)), _) => Sigil::Hash,
                    (Some(Step::Index(_)), _) => Sigil::Array,
                    (None, Some(whole)) => whole,
                };
                match &slot.kind {
                    Kind::Reference(sigil, name) => break (*sigil, name.clone()),
                    Kind::Undef => {
                        slot.kind = Kind::Reference(wanted, fresh.clone());
                        break (wanted, fresh);
                    }
                    Kind::List(_) | Kind::Hash(_) => holds = true,
                    Kind::Unknown(_) | Kind::Opaque(_) => return Ok(()),
                    Kind::Text(_) => {
                        slot.kind = Kind::Unknown(NOT_FOLLOWED.to_owned());
                        return Ok(());
                    }
                }
            };
            // A reference to a scalar has been followed.
            if steps.is_empty() && whole == Some(Sigil::Scalar) {
                whole = None;
            }
            key = self.key(next.0, &next.1);
        }
        Err("the references in it lead to one another".to_owned())
    }
}

fn step_into<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match (&value.kind, step) {
        (Kind::Hash(pairs), Step::Key(key)) => {
            pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value)
        }
        (Kind::List(list), Step::Index(index)) => list.get(*index),
        (Kind::Unknown(_) | Kind::Opaque(_), _) => Some(value),
        _ => None,
    }
}

/// The slot for the next step, made where it is missing; `None` within what is unknown.
fn slot_for<'v>(value: &'v mut Value, step: &Step, place: &Place) -> Option<&'v mut Value> {
    let undef = || Value::new(Kind::Undef, place.clone());
    if value.kind == Kind::Undef {
        value.kind = match step {
            Step::Key(_) => Kind::Hash(Vec::new()),
            Step::Index(_) => Kind::List(Vec::new()),
        };
    }
    let fits = match (&value.kind, step) {
        (Kind::Hash(_), Step::Key(_)) => true,
        (Kind::List(_), Step::Index(index)) => *index < 10_000,
        _ => false,
    };
    if !fits {
        value.kind = Kind::Unknown(NOT_FOLLOWED.to_owned());
    }
    match (&mut value.kind, step) {
        (Kind::Hash(pairs), Step::Key(key)) => {
            let at = match pairs.iter().position(|(name, _)| name == key) {
                Some(at) => at,
                None => {
                    pairs.push((key.clone(), undef()));
                    pairs.len() - 1
                }
            };
            Some(&mut pairs[at].1)
        }
        (Kind::List(list), Step::Index(index)) => {
            while list.len() <= *index {
                list.push(undef());
            }
            list.get_mut(*index)
        }
        _ => None,
    }
}

fn lone_unknown(values: &[Value]) -> Option<&Value> {
    match values {
        [value] if matches!(value.kind, Kind::Unknown(_)) => Some(value),
        _ => None,
    }
}
