//! What statements act on that are not understood, or not all of them: nothing that concerns DKIM may
//! be lost in what is skipped.

use super::lexer::{Sigil, Token, TokenKind};
use super::names::{acts_on_dkim, concerns_dkim};

/// What the tokens of a statement act on, whether or not they are understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Aside {
    /// A setting or function of DKIM that it changes or calls.
    pub(super) concerns: Option<String>,
    /// The word that leaves the loop or the file that it stands in.
    pub(super) leaves: Option<&'static str>,
    /// The variables that it sets.
    pub(super) sets: Vec<Set>,
}

/// A variable that is set.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) sigil: Sigil,
    pub(super) name: String,
    /// It is declared with `my` there.
    pub(super) is_declared: bool,
}

/// What the tokens act on.
pub(super) fn aside(tokens: &[Token]) -> Aside {
    let mut aside = Aside { leaves: leaving(tokens), ..Aside::default() };
    for (at, token) in tokens.iter().enumerate() {
        match &token.kind {
            TokenKind::Word(word) if acts_on_dkim(word) && !is_harmless(tokens, at, word) => {
                aside.concerns.get_or_insert_with(|| word.clone());
            }
            // `*mynetworks = …` is another way to set it.
            TokenKind::Word(word)
                if is_glob(tokens, at)
                    && [Sigil::Scalar, Sigil::Array, Sigil::Hash]
                        .into_iter()
                        .any(|sigil| concerns_dkim(sigil, word)) =>
            {
                aside.concerns.get_or_insert_with(|| format!("*{word}"));
            }
            TokenKind::Variable(sigil, name) => {
                let sigil = container(tokens, at, *sigil);
                let shown = || format!("{}{name}", sigil.text());
                if sigil == Sigil::Code && acts_on_dkim(name) {
                    aside.concerns.get_or_insert_with(shown);
                }
                if is_set(tokens, at) {
                    if concerns_dkim(sigil, name) {
                        aside.concerns.get_or_insert_with(shown);
                    }
                    aside.sets.push(Set {
                        sigil,
                        name: name.clone(),
                        is_declared: is_declared(tokens, at),
                    });
                }
            }
            _ => {}
        }
    }
    aside
}

/// The word in the tokens that leaves a loop around them, or the file.
fn leaving(tokens: &[Token]) -> Option<&'static str> {
    let is_word = |at: usize, words: &[&str]| {
        matches!(tokens.get(at).map(|token| &token.kind), Some(TokenKind::Word(word))
            if words.contains(&word.as_str()))
    };
    let is_symbol = |at: usize, symbol: &str| {
        matches!(tokens.get(at).map(|token| &token.kind), Some(TokenKind::Symbol(found))
            if *found == symbol)
    };
    // `$x{last}`, `$x->{last}`
    let is_value = |at: usize| {
        matches!(
            tokens.get(at).map(|token| &token.kind),
            Some(TokenKind::Variable(..) | TokenKind::Symbol("->" | "]" | "}"))
        )
    };
    // A loop of its own is the one that is left.
    let is_loop = is_word(0, &["for", "foreach", "while", "until"]) || is_symbol(0, "{");
    let words: &[&'static str] =
        if is_loop { &["return"] } else { &["return", "next", "last", "redo", "goto"] };
    let mut found = None;
    let mut at = 0;
    while at < tokens.len() {
        if is_word(at, &["sub", "eval"]) {
            // What is left there is that code.
            while at < tokens.len() && !is_symbol(at, "{") && !is_symbol(at, ";") {
                at += 1;
            }
            let mut depth = 0_usize;
            while at < tokens.len() {
                depth += usize::from(is_symbol(at, "{"));
                depth = depth.saturating_sub(usize::from(is_symbol(at, "}")));
                if depth == 0 {
                    break;
                }
                at += 1;
            }
        } else {
            let word = words.iter().find(|word| is_word(at, &[**word]));
            let is_key = is_symbol(at + 1, "=>")
                || is_symbol(at + 1, "}") && at > 1 && is_symbol(at - 1, "{") && is_value(at - 2);
            if let Some(word) = word
                && !is_key
                && found != Some("return")
            {
                found = Some(*word);
            }
        }
        at += 1;
    }
    found
}

fn is_glob(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|token| &token.kind);
    matches!(before, Some(TokenKind::Symbol("*")))
}

/// `$x{…}` is of `%x`, `$x[…]` of `@x`.
fn container(tokens: &[Token], at: usize, sigil: Sigil) -> Sigil {
    match tokens.get(at + 1).map(|token| &token.kind) {
        Some(TokenKind::Symbol("{")) if matches!(sigil, Sigil::Scalar | Sigil::Array) => {
            Sigil::Hash
        }
        Some(TokenKind::Symbol("[")) if sigil == Sigil::Scalar => Sigil::Array,
        _ => sigil,
    }
}

/// Whether the word is a name in a hash, or a module or a block behind it does no more than other
/// code.
fn is_harmless(tokens: &[Token], at: usize, word: &str) -> bool {
    match tokens.get(at + 1).map(|token| &token.kind) {
        Some(TokenKind::Symbol("=>" | "}")) => true,
        Some(TokenKind::Symbol("{")) => matches!(word, "do" | "eval"),
        Some(TokenKind::Word(_) | TokenKind::Number(_)) => word == "require",
        _ => false,
    }
}

/// Whether the variable there is assigned to, or handed to what changes it.
fn is_set(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|token| &token.kind);
    let two_before = at.checked_sub(2).and_then(|at| tokens.get(at)).map(|token| &token.kind);
    let changes = |kind: Option<&TokenKind>| {
        matches!(kind, Some(TokenKind::Word(word)) if matches!(word.as_str(),
            "push" | "unshift" | "splice" | "delete" | "undef" | "chomp" | "shift" | "pop" | "my"
            | "our" | "local" | "for" | "foreach"))
    };
    if changes(before)
        || (matches!(before, Some(TokenKind::Symbol("("))) && changes(two_before))
        || matches!(before, Some(TokenKind::Symbol("++" | "--")))
    {
        return true;
    }
    // Behind the subscripts, an assignment.
    let mut depth = 0_usize;
    for token in tokens.iter().skip(at + 1) {
        match &token.kind {
            TokenKind::Symbol("[" | "{" | "(") => depth += 1,
            TokenKind::Symbol("]") if depth > 0 => depth -= 1,
            // `@{$x} = …`
            TokenKind::Symbol("}") => depth = depth.saturating_sub(1),
            // `($a, $b) = …`
            TokenKind::Symbol(")") => depth = depth.saturating_sub(1),
            TokenKind::Symbol("->") => {}
            TokenKind::Symbol("++" | "--") if depth == 0 => return true,
            TokenKind::Symbol(symbol) if depth == 0 => {
                return symbol.ends_with('=') && !matches!(*symbol, "==" | "!=" | "<=" | ">=")
                    || *symbol == "=~";
            }
            _ if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// Whether the variable there stands behind `my`, alone or in a list.
fn is_declared(tokens: &[Token], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default();
    let listed = before.iter().rev().skip_while(|token| {
        matches!(token.kind, TokenKind::Variable(..) | TokenKind::Symbol("," | "("))
    });
    let mut listed = listed.map(|token| &token.kind);
    matches!(listed.next(), Some(TokenKind::Word(word)) if word == "my")
}
