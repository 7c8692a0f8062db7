use super::*;

fn kinds(text: &str) -> Vec<TokenKind> {
    tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
}

fn text(content: &str) -> TokenKind {
    TokenKind::Text(vec![Part::Literal(content.to_owned())])
}

fn scalar(name: &str) -> TokenKind {
    TokenKind::Variable(Sigil::Scalar, name.to_owned())
}

#[test]
fn quotes_of_every_kind_are_delimited() {
    for (source, expected) in [
        ("'a\\'b'", "a'b"),
        ("q{a{b}c}", "a{b}c"),
        ("q (x)", "x"),
        ("qq/a\\/b/", "a/b"),
        ("\"a\\\"b\"", "a\"b"),
        ("‘example.org’", "example.org"),
        ("“example.org”", "example.org"),
        ("’example.org’", "example.org"),
        ("‘example.org'", "example.org"),
        ("<<'E';\nx\nE\n", "x\n"),
        ("<<E;\nx\nE\n", "x\n"),
    ] {
        assert_eq!(kinds(source)[0], text(expected), "{source}");
    }
    assert_eq!(
        kinds("qw( a b\n c )"),
        [TokenKind::Words(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()])]
    );
}

#[test]
fn code_goes_on_behind_a_here_document() {
    assert_eq!(
        kinds("$x = <<A . <<B;\na\nA\nb\nB\n$y"),
        [
            scalar("x"),
            TokenKind::Symbol("="),
            text("a\n"),
            TokenKind::Symbol("."),
            text("b\n"),
            TokenKind::Symbol(";"),
            scalar("y"),
        ]
    );
}

#[test]
fn tags_are_names_and_not_quotes() {
    for tag in ["s", "q", "y", "m", "x", "tr"] {
        let source = format!("{{ {tag} => 'foo' }}");
        assert_eq!(kinds(&source)[1], TokenKind::Word(tag.to_owned()), "{source}");
        let source = format!("$h{{{tag}}} = 1");
        assert_eq!(kinds(&source)[2], TokenKind::Word(tag.to_owned()), "{source}");
    }
}

#[test]
fn a_slash_divides_or_begins_a_pattern() {
    assert_eq!(kinds("$x / 2 / 3").len(), 5);
    assert_eq!(kinds("$x =~ /a;b'/i")[2], TokenKind::Pattern);
    assert_eq!(kinds("qr'^\\.(exe|vbs)$'i")[0], TokenKind::Pattern);
    assert_eq!(kinds("s{a}{b}gx; $y")[0], TokenKind::Pattern);
    assert_eq!(kinds("qr{a{2}'}x")[0], TokenKind::Pattern);
}

#[test]
fn comments_documentation_and_what_follows_the_end_are_skipped() {
    assert_eq!(kinds("# 'x\n$x"), [scalar("x")]);
    assert_eq!(kinds("=pod\n\nit's\n\n=cut\n$x"), [scalar("x")]);
    assert_eq!(kinds("$x\n__END__\nit's"), [scalar("x")]);
    assert_eq!(kinds("\u{feff}$x\u{a0}"), [scalar("x")]);
}

#[test]
fn variables_have_sigils_and_lose_their_package() {
    assert_eq!(kinds("${mydomain}"), [scalar("mydomain")]);
    assert_eq!(kinds("$Amavis::Conf::mydomain"), [scalar("mydomain")]);
    assert_eq!(kinds("@{$x}")[0], TokenKind::Cast(Sigil::Array));
    assert_eq!(kinds("$#x"), [TokenKind::Variable(Sigil::LastIndex, "x".to_owned())]);
    assert_eq!(kinds("$_"), [scalar("_")]);
    assert_eq!(kinds("} %h = ()")[1], TokenKind::Variable(Sigil::Hash, "h".to_owned()));
}

#[test]
fn what_is_never_closed_is_told_where_it_began() {
    for (source, start) in
        [("$x = 'abc", 5), ("qw(a", 0), ("$y;\n“x", 4), ("\"a\\\"", 0), ("<<X\n", 0)]
    {
        assert_eq!(tokens(source).unwrap_err().start, start, "{source}");
    }
}
