//! What the statements of a configuration come to. No Perl is run: what only Perl could tell is
//! unknown, and is an error where a setting of DKIM depends on it.

mod assign;
mod expression;
mod flow;
mod functions;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::aside::Set;
use super::lexer::{Sigil, tokens};
use super::names::{acts_on_dkim, concerns_dkim, near_function, near_setting};
use super::statements::{Statement, StatementKind, statements};
use super::syntax::{Expr, Node};
use super::value::{Kind, Value};
use crate::config::place::{Note, Place, Setting};
use crate::config::problem::{Problem, Source};

/// How much is evaluated before it is taken for endless.
const FUEL: usize = 2_000_000;

/// What a turn of a loop costs besides.
const TURN: usize = 20;

/// The longest string that is put together.
const MAX_TEXT: usize = 1 << 16;

/// How many references are followed one after the other.
const MAX_REFERENCES: usize = 10;

/// What a list or hash without a name costs besides.
const ANONYMOUS: usize = 3;

/// How deep files may include files.
const MAX_INCLUDES: usize = 20;

/// How many files are read at most.
const MAX_FILES: usize = 200;

/// What has been evaluated so far.
pub(super) struct Evaluator {
    variables: HashMap<(Sigil, String), Value>,
    /// Names declared with `my`: no settings of amavisd.
    declared: HashSet<String>,
    /// Under which name a variable that is referred to is kept, for another may be declared by its
    /// own. What is kept so, and what has no name, is called `(1)`, `(2)` and so on.
    bound: HashMap<(Sigil, String), String>,
    /// How many names were made.
    names: usize,
    /// What the statement that was evaluated last says about the ones behind it.
    flow: Flow,
    /// How many loops the statement is in, those of its file alone.
    loops: usize,
    /// The calls of `dkim_key`.
    pub(super) keys: Vec<(Vec<Value>, Place)>,
    pub(super) files: Vec<Source>,
    pub(super) not_ours: Vec<Setting>,
    pub(super) notes: Vec<Note>,
    pub(super) problems: Vec<Problem>,
    /// The file being evaluated, in `files`.
    current: usize,
    depth: usize,
    fuel: usize,
    /// How many calls there were of functions that act on DKIM.
    calls: usize,
}

type Evaluated<T> = Result<T, String>;

/// Which statement comes next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Flow {
    /// The one behind.
    #[default]
    On,
    /// `next`: the first of the loop, with the next value.
    Next,
    /// `last`: the one behind the loop.
    Last,
    /// `return`: none of the file.
    Return,
    /// One of the loop or the one behind it: why that is not known.
    Unknown(String),
}

impl Evaluator {
    pub(super) fn new() -> Self {
        Self {
            variables: HashMap::new(),
            declared: HashSet::new(),
            bound: HashMap::new(),
            names: 0,
            flow: Flow::On,
            loops: 0,
            keys: Vec::new(),
            files: Vec::new(),
            not_ours: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
            current: 0,
            depth: 0,
            fuel: FUEL,
            calls: 0,
        }
    }

    /// Evaluates a file.
    pub(super) fn file(&mut self, source: Source) {
        let text = source.text.clone();
        let before = self.current;
        let loops = std::mem::take(&mut self.loops);
        self.files.push(source);
        self.current = self.files.len() - 1;
        self.depth += 1;
        match tokens(&text) {
            _ if text.trim_start().starts_with("-----BEGIN ") => {
                let text = "this is no configuration of amavisd but PEM, as keys are written";
                self.problem(0, text.to_owned());
            }
            Err(error) => self.problem(error.start, error.text),
            Ok(tokens) => match statements(&tokens) {
                Err(error) => self.problem(error.start, error.text),
                Ok(list) => match prose(&list) {
                    Some(start) => {
                        let text = "this is no configuration of amavisd: nothing in the file sets \
                                    anything";
                        self.problem(start, text.to_owned());
                    }
                    None => self.run(&list),
                },
            },
        }
        // `return` ends the file that it stands in.
        self.flow = Flow::On;
        self.loops = loops;
        self.depth -= 1;
        self.current = before;
    }

    /// The value of a variable, references followed; `None` where it was never set.
    pub(super) fn variable(&self, sigil: Sigil, name: &str) -> Option<Value> {
        self.variables.get(&self.key(sigil, name)).map(|value| self.resolved(value))
    }

    /// Sets a variable, as if it had been at the beginning of the file.
    pub(super) fn preset(&mut self, sigil: Sigil, name: &str, kind: Kind, place: &Place) {
        self.variables.insert((sigil, name.to_owned()), Value::new(kind, place.clone()));
    }

    /// The value itself, where this is a reference to a variable.
    pub(super) fn resolved(&self, value: &Value) -> Value {
        let mut value = value;
        for _ in 0..MAX_REFERENCES {
            match &value.kind {
                Kind::Reference(..) => match self.followed(value) {
                    Some(next) => value = next,
                    None => return Value::new(Kind::Undef, value.place.clone()),
                },
                _ => return value.clone(),
            }
        }
        Value::new(Kind::Unknown("a reference to itself".to_owned()), value.place.clone())
    }

    /// The key that a variable is kept under.
    fn key(&self, sigil: Sigil, name: &str) -> (Sigil, String) {
        let key = (sigil, name.to_owned());
        match self.bound.get(&key) {
            Some(bound) => (sigil, bound.clone()),
            None => key,
        }
    }

    /// What a reference refers to; another value itself.
    fn followed<'v>(&'v self, value: &'v Value) -> Option<&'v Value> {
        match &value.kind {
            Kind::Reference(sigil, name) => self.variables.get(&self.key(*sigil, name)),
            _ => Some(value),
        }
    }

    fn fresh_name(&mut self) -> String {
        self.names += 1;
        format!("({})", self.names)
    }

    /// A reference to a list or hash that has no name.
    fn anonymous(&mut self, sigil: Sigil, kind: Kind, start: usize) -> Kind {
        self.pay(ANONYMOUS);
        let name = self.fresh_name();
        let value = Value::new(kind, self.place(start));
        self.variables.insert((sigil, name.clone()), value);
        Kind::Reference(sigil, name)
    }

    /// The name under which what the declared variable has now can be referred to.
    fn bind(&mut self, sigil: Sigil, name: &str, start: usize) -> String {
        let key = (sigil, name.to_owned());
        if let Some(bound) = self.bound.get(&key) {
            return bound.clone();
        }
        let bound = self.fresh_name();
        let undef = Value::new(Kind::Undef, self.place(start));
        let value = self.variables.remove(&key).unwrap_or(undef);
        self.variables.insert((sigil, bound.clone()), value);
        self.bound.insert(key, bound.clone());
        bound
    }

    /// What `my` declares is another variable than the one of that name before.
    fn begin_anew(&mut self, node: &Node) {
        match &node.expr {
            Expr::Variable(sigil, name) => {
                let key = (*sigil, name.clone());
                self.bound.remove(&key);
                let undef = Value::new(Kind::Undef, self.place(node.start));
                self.variables.insert(key, undef);
            }
            Expr::List(nodes) => nodes.iter().for_each(|node| self.begin_anew(node)),
            _ => {}
        }
    }

    fn place(&self, start: usize) -> Place {
        self.files[self.current].place(start)
    }

    fn problem(&mut self, start: usize, text: String) {
        let problem = self.files[self.current].problem(start, text);
        self.problems.push(problem);
    }

    fn unknown(&self, start: usize, why: impl Into<String>) -> Value {
        Value::new(Kind::Unknown(why.into()), self.place(start))
    }

    /// Pays for work; false when there has been too much of it.
    fn pay(&mut self, cost: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(cost);
        self.fuel > 0
    }

    fn run(&mut self, list: &[Statement]) {
        for statement in list {
            if !self.pay(1) {
                if self.problems.iter().all(|problem| !problem.text.starts_with("this goes on")) {
                    let text = "this goes on for too long to be a configuration".to_owned();
                    self.problem(statement.start, text);
                }
                return;
            }
            self.statement(statement);
            if self.flow != Flow::On {
                return;
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        let outcome = match &statement.kind {
            StatementKind::Expression(node, modifier) => {
                self.list_settings(node);
                let calls = self.calls;
                let done = self.modified(node, modifier.as_ref());
                // A function that declares keys and was not reached is not passed over in silence.
                let is_plain = modifier.is_none()
                    && !matches!(
                        node.expr,
                        Expr::Choice(..) | Expr::Binary("||" | "&&" | "//", ..)
                    );
                match &statement.aside.concerns {
                    Some(name) if is_plain && acts_on_dkim(name) && self.calls == calls => {
                        done.and(Err("it is called in a way that is not followed".to_owned()))
                    }
                    _ => done,
                }
            }
            StatementKind::Block(list) => {
                // A block is a loop of one turn.
                self.loops += 1;
                self.run(list);
                self.loops -= 1;
                self.turned().map(|_| ())
            }
            StatementKind::Each(variable, list, body) => {
                let values = self.list(list);
                self.each(variable, values, |evaluator| {
                    evaluator.run(body);
                    Ok(())
                })
            }
            StatementKind::Choice(branches) => self.choice(branches),
            StatementKind::Aside(what, error) => {
                if statement.aside.concerns.is_none() {
                    let why = match error {
                        Some(error) => error.text.clone(),
                        None => format!("{what} is Perl that would have to be run"),
                    };
                    self.leave_unknown(statement, &why);
                    self.set_aside(statement, what);
                    return;
                }
                match error {
                    Some(error) => {
                        self.problem(error.start, error.text.clone());
                        return;
                    }
                    None => Err(format!("{what} is Perl that would have to be run")),
                }
            }
        };
        if let Err(why) = outcome {
            self.leave_unknown(statement, &why);
            match &statement.aside.concerns {
                Some(name) => {
                    let text = format!("what this does to {name} cannot be understood: {why}");
                    self.problem(statement.start, text);
                }
                None => self.set_aside(statement, ""),
            }
        }
    }

    /// Lists what the statement sets, and forgets the values.
    fn set_aside(&mut self, statement: &Statement, what: &str) {
        let place = self.place(statement.start);
        for Set { sigil, name, is_declared } in &statement.aside.sets {
            let why = format!("{}{name} is set by Perl that is not run, at {place}", sigil.text());
            let value = Value::new(Kind::Unknown(why), place.clone());
            self.forget(*sigil, name, value);
            if what.is_empty() && !is_declared {
                self.list_setting(*sigil, name, &place);
            }
        }
        if statement.aside.sets.is_empty() || !what.is_empty() {
            let name = if what.is_empty() { "a statement" } else { what };
            self.not_ours.push(Setting { name: name.to_owned(), place });
        }
    }

    fn list_setting(&mut self, sigil: Sigil, name: &str, place: &Place) {
        if concerns_dkim(sigil, name) || self.declared.contains(name) || name == "_" {
            return;
        }
        let setting = Setting { name: format!("{}{name}", sigil.text()), place: place.clone() };
        if self.not_ours.last() != Some(&setting) {
            self.not_ours.push(setting);
        }
    }

    /// Lists what an expression sets where it is none of our settings.
    fn list_settings(&mut self, node: &Node) {
        match &node.expr {
            Expr::Assign(_, target, value) => {
                self.list_settings(target);
                if matches!(value.expr, Expr::Assign(..)) {
                    self.list_settings(value);
                }
            }
            Expr::Declared(_, inner) => self.declare(inner),
            Expr::Variable(sigil, name) => {
                let place = self.place(node.start);
                if let Some(near) = near_setting(*sigil, name)
                    && near != name
                    && !self.declared.contains(name)
                {
                    let sigil = sigil.text();
                    self.problem(
                        node.start,
                        format!("unknown setting {sigil}{name}; did you mean {sigil}{near}?"),
                    );
                }
                self.list_setting(*sigil, name, &place);
            }
            Expr::Element(container, ..) => self.list_settings(container),
            Expr::List(nodes) => nodes.iter().for_each(|node| self.list_settings(node)),
            Expr::Call(name, arguments) => match name.as_str() {
                "push" | "unshift" | "chomp" | "undef" | "delete" => {
                    if let Some(first) = arguments.first() {
                        self.list_settings(first);
                    }
                }
                _ if acts_on_dkim(name) || leaves(name) => {}
                _ => {
                    let place = self.place(node.start);
                    self.not_ours.push(Setting { name: format!("{name}()"), place });
                }
            },
            _ => {}
        }
    }

    fn declare(&mut self, node: &Node) {
        match &node.expr {
            // `our $x` is amavisd's own $x.
            Expr::Variable(sigil, name) if !concerns_dkim(*sigil, name) => {
                self.declared.insert(name.clone());
            }
            Expr::List(nodes) => nodes.iter().for_each(|node| self.declare(node)),
            _ => {}
        }
    }

    /// Tells a function that nobody has.
    fn misspelt(&mut self, start: usize, name: &str) {
        if let Some(near) = near_function(name) {
            self.problem(start, format!("there is no function {name}; did you mean {near}?"));
        }
    }

    /// Sets a variable to what is not known, and what it refers to.
    fn forget(&mut self, sigil: Sigil, name: &str, value: Value) {
        let key = self.key(sigil, name);
        let before = self.variables.insert(key, value.clone());
        if let Some(Value { kind: Kind::Reference(sigil, name), .. }) = before {
            let referent = self.key(sigil, &name);
            self.variables.insert(referent, value);
        }
    }

    /// Evaluates for what it does.
    fn effect(&mut self, node: &Node) -> Evaluated<()> {
        match &node.expr {
            Expr::Assign(operator, target, value) => {
                self.assign(operator, target, value).map(|_| ())
            }
            Expr::Binary("=~", target, _) => {
                let target = self.target(target)?;
                let why = "it is changed by a pattern";
                self.put(&target, self.unknown(node.start, why))
            }
            Expr::Binary(operator @ ("||" | "&&" | "//"), left, right) => {
                self.either(operator, left, right)
            }
            Expr::Choice(condition, yes, no) => {
                let value = self.scalar(condition);
                match value.truth() {
                    Some(true) => self.effect(yes),
                    Some(false) => self.effect(no),
                    None => Err(undecided(&value)),
                }
            }
            Expr::Call(name, arguments) => self.call_effect(node, name, arguments),
            Expr::List(nodes) => nodes.iter().try_for_each(|node| self.effect(node)),
            // `&name;` calls it.
            Expr::Variable(Sigil::Code, name) => self.call_effect(node, name, &[]),
            Expr::Opaque(what) => Err(format!("{what} is not evaluated")),
            _ => {
                self.list(node);
                Ok(())
            }
        }
    }

    fn call_effect(&mut self, node: &Node, name: &str, arguments: &[Node]) -> Evaluated<()> {
        self.calls += usize::from(acts_on_dkim(name));
        match name {
            "dkim_key" => {
                let values = arguments.iter().flat_map(|node| self.list(node)).collect();
                let place = self.place(node.start);
                self.keys.push((values, place));
            }
            "include_config_files"
            | "include_optional_config_files"
            | "do"
            | "require"
            | "read_config_file" => {
                // `require Some::Module;`
                if let [Node { expr: Expr::Call(..) | Expr::Number(_), .. }] = arguments {
                    return Ok(());
                }
                if let [Node { expr: Expr::Opaque(what), .. }] = arguments {
                    return Err(format!("{what} is not run"));
                }
                let optional = name == "include_optional_config_files";
                let files: Vec<Value> = arguments.iter().flat_map(|node| self.list(node)).collect();
                let count = if name == "read_config_file" { 1 } else { files.len() };
                for file in files.into_iter().take(count) {
                    self.include(node.start, &file, optional)?;
                }
            }
            _ if leaves(name) => return self.leave(name, arguments),
            "eval" => return Err("eval runs Perl".to_owned()),
            "push" | "unshift" => {
                let [target, rest @ ..] = arguments else {
                    return Err(format!("{name} has no list"));
                };
                let mut target = self.target(target)?;
                target.whole = Some(Sigil::Array);
                let values: Vec<Value> = rest.iter().flat_map(|node| self.list(node)).collect();
                let before = self.at(&target).map(|value| self.resolved(&value));
                let mut list = match before.map(|value| value.kind) {
                    None | Some(Kind::Undef) => Vec::new(),
                    Some(Kind::List(list)) => list,
                    Some(other) => return Err(format!("it is {}", other.describe())),
                };
                let at = if name == "push" { list.len() } else { 0 };
                list.splice(at..at, values);
                let value = Value::new(Kind::List(list), self.place(node.start));
                self.put(&target, value)?;
            }
            "chomp" => {
                for argument in arguments {
                    self.effect(argument)?;
                }
            }
            "undef" => {
                for argument in arguments {
                    let target = self.target(argument)?;
                    self.put(&target, Value::new(Kind::Undef, self.place(node.start)))?;
                }
            }
            "delete" | "splice" | "shift" | "pop" => {
                return Err(format!("{name} is not evaluated"));
            }
            _ if near_function(name).is_some() => self.misspelt(node.start, name),
            // What is set on the way to the function is set.
            _ => arguments.iter().for_each(|argument| drop(self.list(argument))),
        }
        Ok(())
    }

    fn include(&mut self, start: usize, file: &Value, optional: bool) -> Evaluated<()> {
        let Kind::Text(name) = &file.kind else {
            return Err(format!("which file it reads is not known: {}", file.kind.describe()));
        };
        if self.depth > MAX_INCLUDES || self.files.len() >= MAX_FILES {
            self.problem(start, "too many files include files".to_owned());
            return Ok(());
        }
        let path = Path::new(name);
        match std::fs::read(path) {
            Ok(octets) => match String::from_utf8(octets) {
                Ok(text) => self.file(Source::new(path, &text)),
                Err(_) => self.problem(start, format!("{name} is not UTF-8")),
            },
            Err(error) if optional && error.kind() == std::io::ErrorKind::NotFound => {
                let place = self.place(start);
                let text = format!("{name} does not exist and is left out");
                self.notes.push(Note { place: Some(place), text });
            }
            Err(error) => self.problem(start, format!("{name} cannot be read: {error}")),
        }
        Ok(())
    }
}

/// Whether the word leaves a loop or the file.
pub(super) fn leaves(word: &str) -> bool {
    matches!(word, "next" | "last" | "redo" | "goto" | "return")
}

/// Where the file is text that is no Perl, if it is: words that are no calls, and nothing set at all.
fn prose(list: &[Statement]) -> Option<usize> {
    fn is_prose(node: &Node) -> bool {
        match &node.expr {
            Expr::Call(name, arguments) => {
                !leaves(name)
                    && arguments.first().is_none_or(|first| matches!(first.expr, Expr::Call(..)))
            }
            Expr::Assign(_, target, _) => matches!(target.expr, Expr::Call(..)),
            Expr::Binary(_, left, _) => is_prose(left),
            Expr::Unary(_, inner) => is_prose(inner),
            Expr::List(nodes) => nodes.first().is_some_and(is_prose),
            _ => false,
        }
    }
    let is_setting = |one: &Statement| !one.aside.sets.is_empty() || one.aside.concerns.is_some();
    let is_odd = |one: &&Statement| match &one.kind {
        StatementKind::Expression(node, _) => is_prose(node),
        StatementKind::Aside("", _) => true,
        _ => false,
    };
    if list.iter().any(is_setting) { None } else { list.iter().find(is_odd).map(|one| one.start) }
}

/// Why it is not known whether something is done.
fn undecided(value: &Value) -> String {
    format!("whether it is done is not known: {}", value.kind.describe())
}
