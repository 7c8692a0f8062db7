//! Statements: a file cut into them, each understood or set aside.

use super::aside::{Aside, aside};
use super::lexer::{Sigil, Token, TokenKind};
use super::syntax::{Node, Parser, SyntaxError};

/// How deep brackets may be nested.
const MAX_NESTING: usize = 50;

/// A statement, and the tokens it has.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) start: usize,
    pub(super) kind: StatementKind,
    /// Why it matters although it was not understood; see [`Aside`].
    pub(super) aside: Aside,
}

/// What a statement is.
#[derive(Clone, Debug)]
pub(super) enum StatementKind {
    Expression(Node, Option<Modifier>),
    /// `foreach` with its variable, its list and its body.
    Each(String, Node, Vec<Statement>),
    /// Conditions with what they lead to, in order; the last may be none.
    Choice(Vec<(Option<Condition>, Vec<Statement>)>),
    Block(Vec<Statement>),
    /// Set aside: what it is called, and where it is not understood.
    Aside(&'static str, Option<SyntaxError>),
}

/// What stands behind an expression.
#[derive(Clone, Debug)]
pub(super) enum Modifier {
    If(Condition),
    Each(Node),
    /// `while` and `until`.
    Loop,
}

/// A condition; `unless` turns it around.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) node: Node,
    pub(super) negated: bool,
}

/// Cuts the tokens into statements.
pub(super) fn statements(tokens: &[Token]) -> Result<Vec<Statement>, SyntaxError> {
    check_brackets(tokens)?;
    let mut reader = Reader { parser: Parser::new(tokens), tokens };
    let list = reader.list();
    Ok(list)
}

/// Brackets match, or the error tells which does not.
fn check_brackets(tokens: &[Token]) -> Result<(), SyntaxError> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    for token in tokens {
        let TokenKind::Symbol(symbol) = token.kind else {
            continue;
        };
        match symbol {
            "(" | "[" | "{" => {
                open.push((symbol, token.start));
                if open.len() > MAX_NESTING {
                    let text = "brackets are nested too deeply".to_owned();
                    return Err(SyntaxError { start: token.start, text });
                }
            }
            ")" | "]" | "}" => match open.pop() {
                Some(("(", _)) if symbol == ")" => {}
                Some(("[", _)) if symbol == "]" => {}
                Some(("{", _)) if symbol == "}" => {}
                Some((bracket, start)) => {
                    return Err(SyntaxError {
                        start,
                        text: format!("the {bracket} that begins here is never closed"),
                    });
                }
                None => {
                    let text = format!("this {symbol} closes nothing");
                    return Err(SyntaxError { start: token.start, text });
                }
            },
            _ => {}
        }
    }
    match open.first() {
        Some((bracket, start)) => Err(SyntaxError {
            start: *start,
            text: format!("the {bracket} that begins here is never closed"),
        }),
        None => Ok(()),
    }
}

struct Reader<'t> {
    parser: Parser<'t>,
    tokens: &'t [Token],
}

impl Reader<'_> {
    /// Statements up to the end, or to the brace that ends a block.
    fn list(&mut self) -> Vec<Statement> {
        let mut list = Vec::new();
        loop {
            while self.parser.take_symbol(";") {}
            if self.parser.kind().is_none() || self.parser.is_symbol("}") {
                return list;
            }
            let from = self.parser.at;
            let start = self.parser.start();
            let kind = self.statement();
            // A cursor that stands still would loop.
            if self.parser.at == from {
                self.parser.at += 1;
            }
            let aside = aside(&self.tokens[from..self.parser.at]);
            if let Some(kind) = kind {
                list.push(Statement { start, kind, aside });
            }
        }
    }

    /// One statement; none where it says nothing.
    fn statement(&mut self) -> Option<StatementKind> {
        let from = self.parser.at;
        let word = self.parser.word().unwrap_or_default();
        let parsed = match word {
            "use" | "no" | "package" => {
                self.skip_to_end();
                return None;
            }
            "if" | "unless" => self.choice(),
            "for" | "foreach" => self.each(),
            "while" | "until" => {
                self.parser.at += 1;
                self.parser.skip_brackets();
                self.parser.skip_brackets();
                Ok(StatementKind::Aside("a loop", None))
            }
            "sub"
                if matches!(
                    self.tokens.get(from + 1),
                    Some(Token { kind: TokenKind::Word(_), .. })
                ) =>
            {
                self.skip_to("{");
                match self.parser.is_symbol("{") {
                    true => self.parser.skip_brackets(),
                    // It is only announced.
                    false => return None,
                }
                Ok(StatementKind::Aside("a sub", None))
            }
            "BEGIN" | "END" | "INIT"
                if matches!(
                    self.tokens.get(from + 1),
                    Some(Token { kind: TokenKind::Symbol("{"), .. })
                ) =>
            {
                self.parser.at += 1;
                self.block().map(StatementKind::Block)
            }
            _ if self.parser.is_symbol("{") => self.block().map(StatementKind::Block),
            _ => self.expression(),
        };
        match parsed {
            Ok(kind) => Some(kind),
            Err(error) => {
                self.parser.at = from;
                if matches!(word, "if" | "unless" | "for" | "foreach") {
                    self.skip_compound();
                } else {
                    self.skip_to_end();
                }
                Some(StatementKind::Aside("", Some(error)))
            }
        }
    }

    fn expression(&mut self) -> Result<StatementKind, SyntaxError> {
        let node = self.parser.statement_expression()?;
        let modifier = match self.parser.word() {
            Some(word @ ("if" | "unless")) => {
                self.parser.at += 1;
                let condition = self.parser.statement_expression()?;
                Some(Modifier::If(Condition { node: condition, negated: word == "unless" }))
            }
            Some("for" | "foreach") => {
                self.parser.at += 1;
                Some(Modifier::Each(self.parser.statement_expression()?))
            }
            Some("while" | "until") => {
                self.parser.at += 1;
                self.parser.statement_expression()?;
                Some(Modifier::Loop)
            }
            _ => None,
        };
        let ends = self.parser.kind().is_none()
            || self.parser.is_symbol(";")
            || self.parser.is_symbol("}");
        match ends {
            true => Ok(StatementKind::Expression(node, modifier)),
            false => self.parser.error("this is not understood; a ; may be missing before it"),
        }
    }

    fn block(&mut self) -> Result<Vec<Statement>, SyntaxError> {
        if !self.parser.take_symbol("{") {
            return self.parser.error("{ is expected here");
        }
        let list = self.list();
        match self.parser.take_symbol("}") {
            true => Ok(list),
            false => self.parser.error("} is expected here"),
        }
    }

    fn condition(&mut self, negated: bool) -> Result<Condition, SyntaxError> {
        self.parser.at += 1;
        if !self.parser.take_symbol("(") {
            return self.parser.error("( is expected here");
        }
        let node = self.parser.statement_expression()?;
        match self.parser.take_symbol(")") {
            true => Ok(Condition { node, negated }),
            false => self.parser.error(") is expected here"),
        }
    }

    fn choice(&mut self) -> Result<StatementKind, SyntaxError> {
        let negated = self.parser.word() == Some("unless");
        let condition = self.condition(negated)?;
        let mut branches = vec![(Some(condition), self.block()?)];
        while self.parser.word() == Some("elsif") {
            let condition = self.condition(false)?;
            branches.push((Some(condition), self.block()?));
        }
        if self.parser.word() == Some("else") {
            self.parser.at += 1;
            branches.push((None, self.block()?));
        }
        Ok(StatementKind::Choice(branches))
    }

    fn each(&mut self) -> Result<StatementKind, SyntaxError> {
        self.parser.at += 1;
        if matches!(self.parser.word(), Some("my" | "our")) {
            self.parser.at += 1;
        }
        let variable = match self.parser.kind() {
            Some(TokenKind::Variable(Sigil::Scalar, name)) => {
                self.parser.at += 1;
                name.clone()
            }
            _ => "_".to_owned(),
        };
        if !self.parser.take_symbol("(") {
            return self.parser.error("( is expected here");
        }
        let list = self.parser.statement_expression()?;
        if !self.parser.take_symbol(")") {
            return self.parser.error("only a loop over a list is understood");
        }
        Ok(StatementKind::Each(variable, list, self.block()?))
    }

    /// To the symbol, or to the semicolon before it.
    fn skip_to(&mut self, symbol: &str) {
        while self.parser.kind().is_some()
            && !self.parser.is_symbol(symbol)
            && !self.parser.is_symbol(";")
        {
            self.parser.at += 1;
        }
    }

    /// To the semicolon, or to the end of the block.
    fn skip_to_end(&mut self) {
        loop {
            match self.parser.kind() {
                None | Some(TokenKind::Symbol(";" | "}")) => return,
                Some(TokenKind::Symbol("(" | "[" | "{")) => self.parser.skip_brackets(),
                Some(_) => self.parser.at += 1,
            }
        }
    }

    /// To the end of the last block of a compound statement.
    fn skip_compound(&mut self) {
        loop {
            while !matches!(self.parser.kind(), None | Some(TokenKind::Symbol("{" | ";" | "}"))) {
                match self.parser.kind() {
                    Some(TokenKind::Symbol("(" | "[")) => self.parser.skip_brackets(),
                    _ => self.parser.at += 1,
                }
            }
            if self.parser.is_symbol("{") {
                self.parser.skip_brackets();
            }
            if !matches!(self.parser.word(), Some("elsif" | "else")) {
                return;
            }
        }
    }
}
