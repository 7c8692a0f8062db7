//! Expressions: what a configuration's statements are made of.

use super::aside::aside;
use super::lexer::{Sigil, Token, TokenKind};
use super::quoted::Part;

/// How deep an expression may be; those of people are ten deep at most.
const MAX_DEPTH: usize = 100;

/// An expression, and the octet that it begins at.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) expr: Expr,
    depth: usize,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Text(Vec<Part>),
    Number(String),
    Words(Vec<String>),
    Program(Vec<Part>),
    Variable(Sigil, String),
    /// `@{…}`, `@$x`, `$$x`.
    Dereference(Sigil, Box<Node>),
    /// `$x{…}` of the hash `%x`, `$x[…]` of the array `@x`, `…->{…}` of what a scalar refers to.
    Element(Box<Node>, Subscript, Box<Node>),
    /// `(…)`.
    List(Vec<Node>),
    /// `[…]`.
    Array(Vec<Node>),
    /// `{…}`.
    Hash(Vec<Node>),
    /// A function with its arguments, or a bare word.
    Call(String, Vec<Node>),
    /// `my …` begins anew, `our …` does not.
    Declared(Declarator, Box<Node>),
    Assign(&'static str, Box<Node>, Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    Unary(&'static str, Box<Node>),
    Choice(Box<Node>, Box<Node>, Box<Node>),
    /// `\…`.
    Reference(Box<Node>),
    /// Code, patterns, objects: what no setting of DKIM consists of.
    Opaque(&'static str),
}

/// Which brackets a subscript has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subscript {
    Key,
    Index,
}

/// What a variable is declared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declarator {
    My,
    /// `our`, `local`, `state`.
    Other,
}

/// Where an expression is not understood, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) start: usize,
    pub(super) text: String,
}

type Parsed<T> = Result<T, SyntaxError>;

/// Infix operators, the loosest first.
const PRECEDENCE: [&[&str]; 11] = [
    &["..", "..."],
    &["||", "//"],
    &["&&"],
    &["|", "^"],
    &["&"],
    &["==", "!=", "<=>", "eq", "ne", "cmp"],
    &["<", ">", "<=", ">=", "lt", "gt", "le", "ge"],
    &["<<", ">>"],
    &["+", "-", "."],
    &["*", "/", "%", "x"],
    &["=~", "!~"],
];

const ASSIGNMENTS: [&str; 15] =
    ["=", "||=", "&&=", "//=", "+=", "-=", "*=", "/=", ".=", "%=", "**=", "|=", "&=", "^=", "<<="];

/// Functions of one argument, where it needs no parentheses.
const UNARY_FUNCTIONS: [&str; 20] = [
    "lc", "uc", "lcfirst", "ucfirst", "defined", "ref", "scalar", "undef", "length", "int", "abs",
    "keys", "values", "exists", "delete", "shift", "pop", "chomp", "require", "do",
];

/// Words that are operators or modifiers: no operand.
const NO_OPERANDS: [&str; 22] = [
    "x", "eq", "ne", "lt", "gt", "le", "ge", "cmp", "and", "or", "xor", "not", "if", "unless",
    "while", "until", "for", "foreach", "elsif", "else", "isa", "when",
];

/// A run of tokens being parsed; brackets are known to match.
pub(super) struct Parser<'t> {
    tokens: &'t [Token],
    pub(super) at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        Self { tokens, at: 0, depth: 0 }
    }

    pub(super) fn kind(&self) -> Option<&'t TokenKind> {
        self.kind_at(self.at)
    }

    fn kind_at(&self, at: usize) -> Option<&'t TokenKind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    /// Where the next token begins, or the last one at the end.
    pub(super) fn start(&self) -> usize {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        token.map_or(0, |token| token.start)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.is_symbol_at(self.at, symbol)
    }

    fn is_symbol_at(&self, at: usize, symbol: &str) -> bool {
        matches!(self.kind_at(at), Some(TokenKind::Symbol(found)) if *found == symbol)
    }

    pub(super) fn word(&self) -> Option<&'t str> {
        match self.kind() {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let is = self.is_symbol(symbol);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        match self.take_symbol(symbol) {
            true => Ok(()),
            false => self.error(&format!("{symbol} is expected here")),
        }
    }

    pub(super) fn error<T>(&self, text: &str) -> Parsed<T> {
        Err(SyntaxError { start: self.start(), text: text.to_owned() })
    }

    /// The bracket that closes the one at the cursor; they match.
    pub(super) fn skip_brackets(&mut self) {
        let mut depth = 0_usize;
        while let Some(kind) = self.kind() {
            self.at += 1;
            match kind {
                TokenKind::Symbol("(" | "[" | "{") => depth += 1,
                TokenKind::Symbol(")" | "]" | "}") => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Skips what is in the brackets, where it does not matter for DKIM.
    fn skip_opaque(&mut self) -> Parsed<()> {
        let from = self.at;
        self.skip_brackets();
        let skipped = self.tokens.get(from..self.at).unwrap_or_default();
        match aside(skipped).concerns {
            Some(name) => Err(SyntaxError {
                start: skipped.first().map_or(0, |token| token.start),
                text: format!("{name} stands within Perl that would have to be run"),
            }),
            None => Ok(()),
        }
    }

    /// A node; an error where it is too deep.
    fn node(&self, start: usize, expr: Expr) -> Parsed<Node> {
        let of = |nodes: &[Node]| nodes.iter().map(|node| node.depth).max().unwrap_or(0);
        let below = match &expr {
            Expr::List(nodes) | Expr::Array(nodes) | Expr::Hash(nodes) | Expr::Call(_, nodes) => {
                of(nodes)
            }
            Expr::Dereference(_, node)
            | Expr::Declared(_, node)
            | Expr::Unary(_, node)
            | Expr::Reference(node) => node.depth,
            Expr::Element(one, _, two) | Expr::Assign(_, one, two) | Expr::Binary(_, one, two) => {
                one.depth.max(two.depth)
            }
            Expr::Choice(one, two, three) => one.depth.max(two.depth).max(three.depth),
            _ => 0,
        };
        if below >= MAX_DEPTH {
            let text = "the expression is nested too deeply".to_owned();
            return Err(SyntaxError { start, text });
        }
        Ok(Node { start, expr, depth: below + 1 })
    }

    /// Runs the parser one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return self.error("the expression is nested too deeply");
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Expressions with commas between them, and `and`, `or`, `not` around them.
    pub(super) fn statement_expression(&mut self) -> Parsed<Node> {
        let start = self.start();
        if self.word() == Some("not") {
            self.at += 1;
            let node = self.deeper(Self::statement_expression)?;
            return self.node(start, Expr::Unary("!", Box::new(node)));
        }
        let mut left = self.commas(start)?;
        loop {
            let operator = match self.word() {
                Some("and") => "&&",
                Some("or" | "xor") => "||",
                _ => return Ok(left),
            };
            self.at += 1;
            let from = self.start();
            let right = self.commas(from)?;
            left = self.node(start, Expr::Binary(operator, Box::new(left), Box::new(right)))?;
        }
    }

    fn commas(&mut self, start: usize) -> Parsed<Node> {
        let mut nodes = self.list_until_end()?;
        match nodes.len() {
            1 => Ok(nodes.remove(0)),
            _ => self.node(start, Expr::List(nodes)),
        }
    }

    /// Expressions up to what can be none.
    fn list_until_end(&mut self) -> Parsed<Vec<Node>> {
        let mut nodes = vec![self.assignment()?];
        while self.take_symbol(",") || self.take_symbol("=>") {
            if self.is_operand() {
                nodes.push(self.assignment()?);
            }
        }
        Ok(nodes)
    }

    /// The expressions within brackets, the closing one included.
    fn list_within(&mut self, close: &str) -> Parsed<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            while self.take_symbol(",") || self.take_symbol("=>") {}
            if self.take_symbol(close) {
                return Ok(nodes);
            }
            let node = self.deeper(Self::statement_expression_in_list)?;
            nodes.push(node);
            if !self.is_symbol(",") && !self.is_symbol("=>") && !self.is_symbol(close) {
                return self.error("this is not understood; a comma may be missing before it");
            }
        }
    }

    fn statement_expression_in_list(&mut self) -> Parsed<Node> {
        let start = self.start();
        if self.word() == Some("not") {
            self.at += 1;
            let node = self.deeper(Self::statement_expression_in_list)?;
            return self.node(start, Expr::Unary("!", Box::new(node)));
        }
        let left = self.assignment()?;
        match self.word() {
            Some("and" | "or" | "xor") => {
                let operator = if self.word() == Some("and") { "&&" } else { "||" };
                self.at += 1;
                let right = self.deeper(Self::statement_expression_in_list)?;
                self.node(start, Expr::Binary(operator, Box::new(left), Box::new(right)))
            }
            _ => Ok(left),
        }
    }

    fn assignment(&mut self) -> Parsed<Node> {
        self.deeper(|parser| {
            let start = parser.start();
            let target = parser.choice()?;
            let Some(TokenKind::Symbol(symbol)) = parser.kind() else {
                return Ok(target);
            };
            let Some(operator) = ASSIGNMENTS.iter().find(|operator| *operator == symbol) else {
                return Ok(target);
            };
            parser.at += 1;
            let value = parser.assignment()?;
            parser.node(start, Expr::Assign(operator, Box::new(target), Box::new(value)))
        })
    }

    fn choice(&mut self) -> Parsed<Node> {
        let start = self.start();
        let condition = self.binary(0)?;
        if !self.take_symbol("?") {
            return Ok(condition);
        }
        let yes = self.assignment()?;
        self.expect(":")?;
        let no = self.assignment()?;
        self.node(start, Expr::Choice(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn binary(&mut self, level: usize) -> Parsed<Node> {
        let Some(operators) = PRECEDENCE.get(level) else {
            return self.unary();
        };
        let start = self.start();
        let mut left = self.binary(level + 1)?;
        loop {
            let found = match self.kind() {
                Some(TokenKind::Symbol(symbol)) => operators.iter().find(|one| *one == symbol),
                Some(TokenKind::Word(word)) => operators.iter().find(|one| **one == word.as_str()),
                _ => None,
            };
            let Some(operator) = found else {
                return Ok(left);
            };
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = self.node(start, Expr::Binary(operator, Box::new(left), Box::new(right)))?;
        }
    }

    fn unary(&mut self) -> Parsed<Node> {
        let start = self.start();
        let operator = match self.kind() {
            Some(TokenKind::Symbol(symbol @ ("!" | "~" | "-" | "+" | "\\" | "++" | "--"))) => {
                symbol
            }
            _ => return self.power(),
        };
        self.at += 1;
        if *operator == "-"
            && self.word().is_some_and(|word| word.len() == 1)
            && self.is_operand_at(self.at + 1)
        {
            // A file test: -e '/etc/mailname'.
            self.at += 1;
            self.deeper(Self::unary)?;
            return self.node(start, Expr::Opaque("a test of a file"));
        }
        let node = self.deeper(Self::unary)?;
        let expr = match *operator {
            "+" => return Ok(node),
            "\\" => Expr::Reference(Box::new(node)),
            operator => Expr::Unary(operator, Box::new(node)),
        };
        self.node(start, expr)
    }

    fn power(&mut self) -> Parsed<Node> {
        let start = self.start();
        let base = self.postfix()?;
        if self.take_symbol("++") || self.take_symbol("--") {
            return self.node(start, Expr::Opaque("a counter"));
        }
        if !self.take_symbol("**") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::unary)?;
        self.node(start, Expr::Binary("**", Box::new(base), Box::new(exponent)))
    }

    fn postfix(&mut self) -> Parsed<Node> {
        let start = self.start();
        let mut node = self.primary()?;
        loop {
            let is_key = self.is_symbol("{");
            let is_index = self.is_symbol("[");
            let container = match &node.expr {
                Expr::Variable(Sigil::Scalar, name) if is_key => {
                    Some(self.node(node.start, Expr::Variable(Sigil::Hash, name.clone()))?)
                }
                Expr::Variable(Sigil::Scalar, name) if is_index => {
                    Some(self.node(node.start, Expr::Variable(Sigil::Array, name.clone()))?)
                }
                Expr::Dereference(Sigil::Scalar, inner) if is_key || is_index => {
                    Some((**inner).clone())
                }
                Expr::Element(..) if is_key || is_index => Some(node.clone()),
                Expr::Variable(Sigil::Array, _)
                | Expr::Dereference(Sigil::Array, _)
                | Expr::List(_)
                    if is_index || (is_key && !matches!(node.expr, Expr::List(_))) =>
                {
                    self.skip_opaque()?;
                    node = self.node(start, Expr::Opaque("a slice"))?;
                    continue;
                }
                _ => None,
            };
            if let Some(container) = container {
                node = self.subscript(start, container)?;
                continue;
            }
            if !self.is_symbol("->") {
                return Ok(node);
            }
            self.at += 1;
            if self.is_symbol("{") || self.is_symbol("[") {
                node = self.subscript(start, node)?;
                continue;
            }
            // A method, or a call of code.
            match self.kind() {
                Some(TokenKind::Word(_) | TokenKind::Variable(..)) => self.at += 1,
                Some(TokenKind::Symbol("(")) => {}
                _ => return self.error("this is not understood behind ->"),
            }
            if self.is_symbol("(") {
                self.skip_opaque()?;
            }
            node = self.node(start, Expr::Opaque("the result of a method"))?;
        }
    }

    fn subscript(&mut self, start: usize, container: Node) -> Parsed<Node> {
        let (close, subscript) = match self.is_symbol("{") {
            true => ("}", Subscript::Key),
            false => ("]", Subscript::Index),
        };
        self.at += 1;
        let from = self.start();
        let bare = match self.kind() {
            Some(TokenKind::Word(word)) if self.is_symbol_at(self.at + 1, "}") => {
                self.at += 1;
                Some(word.clone())
            }
            _ => None,
        };
        let key = match bare {
            Some(word) => self.node(from, Expr::Text(vec![Part::Literal(word)]))?,
            None => self.deeper(Self::statement_expression)?,
        };
        self.expect(close)?;
        self.node(start, Expr::Element(Box::new(container), subscript, Box::new(key)))
    }

    fn primary(&mut self) -> Parsed<Node> {
        let start = self.start();
        let Some(kind) = self.kind() else {
            return self.error("something is missing at the end of this");
        };
        self.at += 1;
        let expr = match kind {
            TokenKind::Variable(Sigil::Code, name) if self.is_symbol("(") => {
                self.at += 1;
                Expr::Call(name.clone(), self.list_within(")")?)
            }
            TokenKind::Variable(sigil, name) => Expr::Variable(*sigil, name.clone()),
            TokenKind::Text(parts) => Expr::Text(parts.clone()),
            TokenKind::Words(words) => Expr::Words(words.clone()),
            TokenKind::Number(number) => Expr::Number(number.clone()),
            TokenKind::Program(parts) => Expr::Program(parts.clone()),
            TokenKind::Pattern => Expr::Opaque("a pattern"),
            TokenKind::Cast(sigil) => {
                let inner = match self.kind() {
                    Some(TokenKind::Symbol("{")) => {
                        self.at += 1;
                        let inner = self.deeper(Self::statement_expression)?;
                        self.expect("}")?;
                        inner
                    }
                    _ => self.deeper(Self::primary)?,
                };
                Expr::Dereference(*sigil, Box::new(inner))
            }
            TokenKind::Symbol("(") => Expr::List(self.list_within(")")?),
            TokenKind::Symbol("[") => Expr::Array(self.list_within("]")?),
            TokenKind::Symbol("{") => Expr::Hash(self.list_within("}")?),
            TokenKind::Word(word) => return self.call(start, word),
            TokenKind::Symbol(symbol) => {
                self.at -= 1;
                return self.error(&format!("{symbol} is not expected here"));
            }
        };
        self.node(start, expr)
    }

    /// What begins with a word, which has been read.
    fn call(&mut self, start: usize, word: &str) -> Parsed<Node> {
        if self.is_symbol("=>") {
            return self.node(start, Expr::Text(vec![Part::Literal(word.to_owned())]));
        }
        let expr = match word {
            "my" | "our" | "local" | "state" => {
                let node = self.deeper(Self::postfix)?;
                let declarator = if word == "my" { Declarator::My } else { Declarator::Other };
                Expr::Declared(declarator, Box::new(node))
            }
            "sub" => {
                while !self.is_symbol("{") {
                    if self.kind().is_none() || self.is_symbol(";") {
                        return self.error("a block is missing behind sub");
                    }
                    self.at += 1;
                }
                self.skip_opaque()?;
                Expr::Opaque("code")
            }
            "do" | "eval" if self.is_symbol("{") => {
                self.skip_opaque()?;
                Expr::Opaque("code")
            }
            "sort" if self.is_plain_sort() => Expr::Call(word.to_owned(), self.list_until_end()?),
            "map" | "grep" | "sort" => {
                if self.is_symbol("(") {
                    self.skip_opaque()?;
                } else {
                    if self.is_symbol("{") {
                        self.skip_opaque()?;
                    }
                    if self.is_operand() {
                        self.list_until_end()?;
                    }
                }
                Expr::Opaque("the result of map, grep or sort")
            }
            _ if self.is_symbol("(") => {
                self.at += 1;
                Expr::Call(word.to_owned(), self.list_within(")")?)
            }
            _ if UNARY_FUNCTIONS.contains(&word) => {
                let arguments =
                    if self.is_operand() { vec![self.deeper(Self::unary)?] } else { Vec::new() };
                Expr::Call(word.to_owned(), arguments)
            }
            _ if self.is_operand()
                && !self.is_symbol("{")
                && !self.is_symbol("[")
                && !self.is_symbol("-")
                && !self.is_symbol("+") =>
            {
                Expr::Call(word.to_owned(), self.list_until_end()?)
            }
            _ => Expr::Call(word.to_owned(), Vec::new()),
        };
        self.node(start, expr)
    }

    /// Whether a list follows `sort`, and neither a block nor the name of a sub; `{ $a cmp $b }` is
    /// what it does anyway, and is passed over.
    fn is_plain_sort(&mut self) -> bool {
        let variable = |at, wanted: &str| {
            matches!(self.kind_at(at), Some(TokenKind::Variable(Sigil::Scalar, name))
                if name == wanted)
        };
        let word =
            |at, wanted| matches!(self.kind_at(at), Some(TokenKind::Word(word)) if word == wanted);
        let at = self.at;
        if self.is_symbol("{")
            && variable(at + 1, "a")
            && word(at + 2, "cmp")
            && variable(at + 3, "b")
            && self.is_symbol_at(at + 4, "}")
        {
            self.at += 5;
        }
        match self.kind() {
            Some(TokenKind::Variable(Sigil::Array | Sigil::Hash, _) | TokenKind::Words(_)) => true,
            Some(TokenKind::Cast(Sigil::Array | Sigil::Hash)) => true,
            Some(TokenKind::Word(word)) => matches!(word.as_str(), "keys" | "values"),
            _ => false,
        }
    }

    fn is_operand(&self) -> bool {
        self.is_operand_at(self.at)
    }

    fn is_operand_at(&self, at: usize) -> bool {
        match self.kind_at(at) {
            None => false,
            Some(TokenKind::Word(word)) => {
                !NO_OPERANDS.contains(&word.as_str()) || self.is_symbol_at(at + 1, "=>")
            }
            Some(TokenKind::Symbol(symbol)) => {
                matches!(*symbol, "(" | "[" | "{" | "\\" | "-" | "+" | "!" | "~")
            }
            Some(_) => true,
        }
    }
}
