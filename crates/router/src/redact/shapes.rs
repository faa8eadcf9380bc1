//! Texts made to cost a search as much as they can. Each is about `length` bytes long.

pub type Shape = (&'static str, fn(usize) -> String);

fn repeated(piece: &str, length: usize) -> String {
    piece.repeat(length.div_ceil(piece.len()))
}

/// `piece` with another number each time.
fn numbered(length: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(length + 64);
    let mut n = 0;
    while text.len() < length {
        text += &piece(n);
        n += 1;
    }
    text
}

/// A few hundred secrets that lie in each other, and a text of which every piece may be any of them.
fn nested(length: usize) -> String {
    let secrets: String = (2..90).map(|n| format!("password: {}\n", "1-".repeat(n))).collect();
    secrets + &repeated("1-", length)
}

/// Secrets that share all but their first sign with each other, and fail at it.
fn failing(length: usize) -> String {
    let secrets: String = (2..60).map(|n| format!("password: b1-{}\n", "ab1-".repeat(n))).collect();
    secrets + &repeated("ab1-", length)
}

/// As many and as long secrets as are looked for, and a text that nearly holds them.
fn full(length: usize) -> String {
    let secret = |n: usize| format!("{}{n:03}", "k7-".repeat(150));
    let secrets: String = (0..250).map(|n| format!("password: {}\n", secret(n))).collect();
    secrets + &repeated("k7-", length)
}

pub const SHAPES: &[Shape] = &[
    ("labels without an end", |n| repeated("password=", n) + "x"),
    ("labels that are words", |n| repeated("password= x1y2 ", n)),
    ("labels of one line", |n| repeated("passphrase: a 1 ", n)),
    ("labels and spaces", |n| repeated(&format!("password{}", " ".repeat(99)), n)),
    ("labels and signs", |n| repeated("secret:=*:=*", n)),
    ("values that end in signs", |n| repeated("pwd=", n / 2) + "x1" + &repeated(")", n / 2)),
    ("blank lines after a label", |n| repeated("passphrase: \n\n  \t\n", n)),
    ("quotes that never close", |n| repeated("password=\"x9", n)),
    ("quotes that are escaped", |n| repeated("password='\\'\\'\\'", n)),
    ("quotes within words", |n| repeated("password=`a`b ", n)),
    ("settings in a row", |n| numbered(n, |i| format!("secret=v{}&", i % 200))),
    ("other secrets all the time", |n| numbered(n, |i| format!("password: s3cret-{i}\n"))),
    ("one secret all the time", |n| "password: hunter22\n".to_owned() + &repeated("hunter22 ", n)),
    ("secrets within secrets", nested),
    ("secrets that nearly match", failing),
    ("all the secrets that fit", full),
    ("keys that begin", |n| repeated("-----BEGIN PRIVATE KEY-----\nMIIB\n", n)),
    ("keys that begin on one line", |n| repeated("-----BEGIN ", n)),
    ("keys that begin and end on one line", |n| repeated("-----BEGIN PRIVATE KEY-----END -", n)),
    ("one long key", |n| repeated("aB3", n)),
    ("keys after keys", |n| repeated("key=", n)),
    ("tokens with too many parts", |n| "eyJ".to_owned() + &repeated("a.", n)),
    ("bearers", |n| repeated("bearer ", n)),
    ("bearers in bearers", |n| "bearer ".to_owned() + &repeated("bearer", n)),
    ("addresses with names", |n| repeated("://a:b@", n)),
    ("an address without an end", |n| "://".to_owned() + &repeated("a:b@", n)),
    ("signs of addresses", |n| repeated("a@b.cd@", n)),
    ("mail addresses", |n| numbered(n, |i| format!("user{i}@mail.example "))),
    ("a long mail address", |n| repeated("a.", n) + "a@mail.example"),
    ("ones", |n| repeated("1 ", n)),
    ("noughts", |n| repeated("01 ", n)),
    ("groups of three", |n| repeated("012-", n)),
    ("groups of four", |n| repeated("4111 ", n)),
    ("a number without an end", |n| repeated("1 1 1 1 1 1 1 1 1 1 ", 400) + &repeated("7", n)),
    ("cards", |n| repeated("4111 1111 1111 1111, ", n)),
    ("telephones", |n| numbered(n, |i| format!("+49 170 {:07}; ", i % 9999))),
    ("accounts that begin", |n| repeated("DE89 ", n)),
    ("accounts that nearly check", |n| repeated("DE88 3704 0044 0532 0130 00 ", n)),
    ("colons", |n| repeated("1:", n)),
    ("addresses between colons", |n| repeated("10.20.30.40:", n)),
    ("brackets", |n| repeated("[", n)),
    ("escaped brackets", |n| repeated("\\[\\[a", n)),
    ("placeholders", |n| numbered(n, |i| format!("[[EMAIL_{i}]]"))),
    ("names", |n| repeated("Aa ", n)),
    ("introductions", |n| repeated("my name is Aa. ", n)),
    ("capitals", |n| repeated("Aa. ", n)),
    ("one sign for eighteen", |n| repeated("\u{fdfa}", n)),
    ("accents on accents", |n| "a".to_owned() + &repeated("\u{301}\u{316}", n)),
    ("characters that nobody sees", |n| repeated("p\u{202e}a\u{e0041}s\u{34f}s=", n)),
    ("a character that becomes two", |n| "password: İ1234\n".to_owned() + &repeated("İ", n)),
    ("other alphabets", |n| repeated("пароль パスワード ", n)),
    ("wide letters", |n| repeated("ｐａｓｓｗｏｒｄ＝ｈｕｎｔｅｒ２２ ", n)),
];
