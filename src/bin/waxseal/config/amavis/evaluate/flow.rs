//! Conditions, loops and what leaves them.

use super::{Evaluated, Evaluator, Flow, TURN, undecided};
use crate::config::amavis::lexer::Sigil;
use crate::config::amavis::statements::{Condition, Modifier, Statement};
use crate::config::amavis::syntax::{Expr, Node};
use crate::config::amavis::value::{Kind, Value};

impl Evaluator {
    pub(super) fn modified(&mut self, node: &Node, modifier: Option<&Modifier>) -> Evaluated<()> {
        match modifier {
            None => self.effect(node),
            Some(Modifier::If(condition)) => match self.holds(condition) {
                Ok(true) => self.effect(node),
                Ok(false) => Ok(()),
                Err(why) => Err(why),
            },
            Some(Modifier::Each(list)) => {
                let values = self.list(list);
                self.each("_", values, |evaluator| evaluator.effect(node))
            }
            Some(Modifier::Loop) => Err("it is a loop".to_owned()),
        }
    }

    pub(super) fn each(
        &mut self,
        variable: &str,
        values: Vec<Value>,
        mut body: impl FnMut(&mut Self) -> Evaluated<()>,
    ) -> Evaluated<()> {
        if let Some(value) = values.iter().find(|value| matches!(value.kind, Kind::Unknown(_))) {
            return Err(value.kind.describe());
        }
        let key = (Sigil::Scalar, variable.to_owned());
        let before = (self.bound.remove(&key), self.variables.remove(&key));
        let mut outcome = Ok(());
        self.loops += 1;
        for value in values {
            if !self.pay(TURN + value.size()) {
                break;
            }
            // Each turn has a variable of its own.
            self.bound.remove(&key);
            self.variables.insert(key.clone(), value);
            if let Err(why) = body(self) {
                outcome = Err(why);
            }
            match self.turned() {
                Ok(true) => {}
                Ok(false) => break,
                Err(why) => {
                    outcome = Err(why);
                    break;
                }
            }
        }
        self.loops -= 1;
        self.bound.remove(&key);
        self.variables.remove(&key);
        if let Some(bound) = before.0 {
            self.bound.insert(key.clone(), bound);
        }
        if let Some(value) = before.1 {
            self.variables.insert(key, value);
        }
        outcome
    }

    /// Whether the loop goes on behind a turn.
    pub(super) fn turned(&mut self) -> Evaluated<bool> {
        match std::mem::take(&mut self.flow) {
            Flow::On | Flow::Next => Ok(true),
            Flow::Last => Ok(false),
            Flow::Return => {
                self.flow = Flow::Return;
                Ok(false)
            }
            Flow::Unknown(why) => Err(why),
        }
    }

    /// Where it is not known whether a statement leaves its loop or its file, neither is what comes
    /// behind it.
    pub(super) fn leave_unknown(&mut self, statement: &Statement, why: &str) {
        match statement.aside.leaves {
            None => {}
            Some("return") => {
                let text = format!("what is behind this return may not be read: {why}");
                self.problem(statement.start, text);
            }
            Some(_) if self.loops > 0 => self.flow = Flow::Unknown(why.to_owned()),
            Some(word) => self.problem(statement.start, format!("{word} is in no loop here")),
        }
    }

    /// `next`, `last` and `return`.
    pub(super) fn leave(&mut self, name: &str, arguments: &[Node]) -> Evaluated<()> {
        self.flow = match name {
            "return" => {
                arguments.iter().try_for_each(|argument| self.effect(argument))?;
                Flow::Return
            }
            _ if self.loops == 0 => return Err(format!("{name} is in no loop here")),
            "next" if arguments.is_empty() => Flow::Next,
            "last" if arguments.is_empty() => Flow::Last,
            _ => {
                self.calls += 1;
                return Err(format!("{name} is not followed here"));
            }
        };
        Ok(())
    }

    pub(super) fn choice(
        &mut self,
        branches: &[(Option<Condition>, Vec<Statement>)],
    ) -> Evaluated<()> {
        for (condition, body) in branches {
            let holds = match condition {
                Some(condition) => self.holds(condition)?,
                None => true,
            };
            if holds {
                self.run(body);
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn holds(&mut self, condition: &Condition) -> Evaluated<bool> {
        let value = self.scalar(&condition.node);
        match value.truth() {
            Some(truth) => Ok(truth != condition.negated),
            None => Err(undecided(&value)),
        }
    }

    /// `… or die`, `… and do_it()`.
    pub(super) fn either(&mut self, operator: &str, left: &Node, right: &Node) -> Evaluated<()> {
        let value = match &left.expr {
            Expr::Assign(operator, target, value) => self.assign(operator, target, value)?,
            _ => self.scalar(left),
        };
        if let Expr::Call(name, _) = &right.expr
            && matches!(name.as_str(), "die" | "warn" | "exit" | "print")
        {
            return match (&left.expr, value.kind) {
                (Expr::Call(..), Kind::Unknown(why)) => Err(why),
                _ => Ok(()),
            };
        }
        let goes_on = match (operator, value.truth()) {
            ("//", Some(_)) => value.kind == Kind::Undef,
            (_, Some(truth)) => truth == (operator == "&&"),
            (_, None) => return Err(undecided(&value)),
        };
        if goes_on { self.effect(right) } else { Ok(()) }
    }
}
