#!/usr/bin/env python3
"""Write texts made to break a tokenizer, a feature extractor or a parser: one JSON object {"text": ...} a line.

usage: nasty_texts.py [--seed 0] [--mixed 200] [--big] > nasty.jsonl

The first few hundred are a fixed list, grouped by what they attack; after them come `--mixed` texts glued together at
random, from a seed, out of the same pieces. `--big` writes instead the few texts that are long rather than odd, among
them one word of 20,000 characters. Nothing but Python is needed; all texts are made up for this project.
"""
import argparse
import json
import random
import sys

EMPTY_AND_SPACE = [
    "", " ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", " \n", "\n ", "\t\t \n \t", "\v", "\f", "\v\f ", " a", "a ",
    "a  ", "  a", "  a  ", "a  b", "a   b", "a\tb", "a \tb", "a\t b", "a\nb", "a \n b", "a\n\nb", "a \n\n b", "a\r\nb",
    "a\rb", "a \r\n \r\n b", " . ", ". ", " .", "\n.", ".\n", "Hello\n", "Hello \n", "Hello.\n", "Hello. \n\n",
    "Hello.\nWorld.\n", "One.  Two.   Three.    Four.", "Tabs\tand\t\tmore\ttabs.", "end of line \r\nnext line\r\n",
    "  Leading spaces. And trailing ones.   ", "a" + " " * 40 + "b", "\n" * 30, " " * 100, "x\n" * 12,
]

# Code points that count as white space somewhere (and those that merely look like it), alone and inside words.
SPACE_LIKE = [
    0x00, 0x08, 0x09, 0x0B, 0x0C, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x7F, 0x85, 0xA0, 0xAD, 0x1680, 0x180E, 0x2000, 0x2002,
    0x2003, 0x2007, 0x2009, 0x200A, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x202F,
    0x205F, 0x2060, 0x2066, 0x2800, 0x3000, 0x3164, 0xFEFF, 0xFFFC, 0xFFFD,
]
SPACE_FRAMES = ["{}", "{}{}", " {} ", "a{}b", "a {} b", "Mr.{}Smith left.{}He did.", "{}start", "end{}", "5{}000 km"]

PUNCTUATION = [
    ".", "..", "...", "....", "…", "!", "?!", "?!?!", "!!!!!!!!", "-", "--", "---", "–", "—", "―", "'", "''", '"', '""',
    "``", "`", "´", "‘quoted’", "“quoted”", "„Gänsefüßchen“", "«guillemets»", "»umgekehrt«", "‹x›", "(", ")", "()", "(())",
    "((a))", "[a]", "{a}", "<a>", "a/b", "a/b/c", "and/or", "a\\b", "a|b", "a||b", "a~b", "~", "~~strike~~", "**bold**",
    "_it_", "__init__", "#", "##", "# heading", "a#b", "@", "@@", "a@b", "%", "50%", "%50", "100 %", "&", "&&", "AT&T",
    "Q&A", "R&D", "^", "x^2", "*", "***", "+", "+1", "++", "C++", "C#", "F#", ".NET", "=", "==", "!=", "=>", "->", "<-",
    "<=>", "a=b", "a==b", "a->b", ";", ";;", ":", "::", "a::b", "a:b", "10:30", "10:30am", "10.30pm", ",", ",,", "a,b",
    "a, b", "a ,b", "1,000", "1,000.00", "1.000,00", "1 000", "1'000", "$", "$5", "$5.00", "$ 5", "5$", "US$5", "€5", "5€",
    "£1bn", "¥100", "₹500", "₺20", "§ 5", "§§", "¶", "†", "‡", "•", "• item", "·", "°", "20°C", "20 °C", "©", "®", "™",
    "Foo™", "№ 5", "½", "1½", "x²", "m³", "H₂O", "±5", "5×5", "−5", "3–5", "3—5", "3-5", "a–b", "a—b", "don–t", "¿Qué?",
    "¡Hola!", "؟", "،", "。", "、", "！", "？", "「日本」", "।", "॥", "՞", "·", "…and", "and…", "wait...what", "no.no", "end.Start",
    "end.start", "end?Start", "end!Start", "end,Start", "(end).", "(end.)", '"end."', '"end".', "'end.'", "…'\"", "\"'(", ")'\".",
]

CONTRACTIONS = [
    "don't", "Don't", "DON'T", "dont", "don’t", "don´t", "don`t", "can't", "cannot", "won't", "I'm", "I’m", "im", "you're",
    "we've", "he'd", "she'll", "it's", "its", "let's", "that's", "who's", "would've", "wouldn't've", "y'all", "y'all'd've",
    "ain't", "'tis", "'twas", "'em", "'cause", "ol'", "rock'n'roll", "rock 'n' roll", "o'clock", "o’clock", "ma'am", "c'mon",
    "gonna", "gotta", "wanna", "lemme", "dunno", "shouldn't", "mightn't", "the dogs' bones", "Jess's", "James'", "’90s",
    "'90s", "1990's", "the 90s", "10's", "A's", "PhD's", "l'homme", "L’eau", "qu'il", "aujourd'hui", "presqu'île", "d'accord",
    "jusqu’à", "dell'arte", "un po'", "c'è", "l’amica", "'s ochtends", "geht's", "hab's", "z.B.", "d.h.", "u.s.w.", "z. B.",
    "bzw.", "Nr. 5", "3. Mai", "Dr. No", "Mr. Bean", "Mrs.", "Ms.", "St. Louis", "U.S.", "U.S.A.", "U.K.", "e.g.", "i.e.",
    "etc.", "a.m.", "p.m.", "8am", "8 a.m.", "No. 5", "vs.", "Inc.", "Co.", "Ph.D.", "D.C.", "J. R. R. Tolkien", "J.R.R.",
    "Istanbul'da", "Ankara'ya", "5'te", "İzmir'in", "Р. Ф.", "т.е.", "и т.д.", "г.", "т.к.", "р-н", "μ.μ.", "π.χ.", "κ.λπ.",
]

WEB = [
    "http://example.com", "https://www.example.com/a/b?c=d&e=f#g", "www.example.com", "example.com", "example.co.uk",
    "Visit example.com.", "Visit example.com, now", "(http://example.com)", "<http://example.com>", "\"http://example.com\"",
    "http://example.com.", "http://example.com/", "http://example.com/a_(b)", "http://user:pass@example.com:8080/x",
    "http://127.0.0.1:80/", "http://[::1]/", "ftp://ftp.example.org/file.tar.gz", "mailto:a@example.com", "HTTP://EXAMPLE.COM",
    "https://пример.рф/путь", "https://müller.example", "http://例え.jp", "a@example.com", "first.last+tag@sub.example.co.uk",
    "a@b", "@user", "@user:", "@user's", "#hashtag", "#Hashtag2", "#hash-tag", "#日本", "#", "#1", "RT @user: hi", "@a@b",
    "foo@bar..com", "foo@@bar.com", ".com", "x.com/y", "example.com:80", "google.com/search?q=a+b", "//example.com/a",
    "http://", "https:///", "http://x", "www.", "file:///etc/hosts", "C:\\Users\\me\\file.txt", "/usr/local/bin", "~/file.txt",
    "file.txt", "archive.tar.gz", "index.html", "a.b.c.d", "1.2.3.4", "v1.2.3", "192.168.0.1/24", "doi:10.1000/182",
    "t.co/abc", "bit.ly/xyz", "s3://bucket/key", "git@host.example:me/repo.git", "data:text/plain;base64,SGVsbG8=",
    "<p>Hello</p>", "<p>Hello, <b>world</b>!</p>", "<br>", "<br/>", "a<br>b", "<a href=\"http://example.com\">link</a>",
    "&amp;", "&nbsp;", "&#39;", "a&nbsp;b", "<!-- comment -->", "</div>", "<script>var x = 1;</script>", "[link](http://e.com)",
]

EMOJI = [
    "🙂", "🙂🙂", "🙂🙂🙂", "👍🏽", "👍🏽👍🏿", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇩🇪🇫🇷", "❤️", "❤", "❤️‍🔥", "1️⃣", "#️⃣", "☺", "☺️", "✌🏻", "a🙂b", "🙂.",
    "Nice🙂", "🙂Nice", "Great 🎉🎉!", ":)", ":-)", ":(", ":-(", ":D", ":P", ";)", ";-)", ":'(", ":-/", ":/", "=)", "<3", "</3",
    "^_^", "o_O", "O.o", "xD", "XD", "x_x", "-_-", "(:", "(-:", "\\o/", "¯\\_(ツ)_/¯", "(╯°□°）╯︵ ┻━┻", "ಠ_ಠ", "(ಠ_ಠ)", ":))", ":)))",
    ":-))", "8)", "8-)", "^^", "T_T", ">:(", "-__-", "v.v", "V_V", "<33", "😀😃😄😁😆", "🤷‍♀️", "🧑🏾‍💻", "🫠", "🪿", "\U0001FAE8", "👨‍👩‍👧 family",
]

SCRIPTS = [
    "مرحبا بالعالم!", "السلام عليكم، كيف حالك؟", "ذهبت إلى السوق في ٢٠٢٣.", "العَرَبِيَّةُ", "لا إله", "ﷺ", "ﻻ", "كتاب\u0640\u0640\u0640ي",
    "שלום עולם.", "צה\"ל", "ג'ירפה", "הילד אכל תפוח.", "שָׁלוֹם", "नमस्ते दुनिया।", "मैं दिल्ली में रहता हूँ।", "क्षत्रिय", "१२३४", "राम ने खाना खाया॥",
    "你好，世界！", "我爱北京天安门。", "二〇二三年", "三百五十", "日本語のテキストです。", "東京都", "カタカナ", "ｶﾀｶﾅ", "한국어 문장입니다.", "안녕하세요!", "ㅋㅋㅋ", "สวัสดีชาวโลก",
    "ภาษาไทย ไม่มีช่องว่าง", "Привет, мир!", "Москва — столица России.", "что-нибудь", "из-за", "ё", "Київ, об'єкт", "п'ять", "Ελληνικά; ναι.",
    "ΟΔΥΣΣΕΥΣ", "ὀδυσσεύς", "Σ", "ΑΣ ΑΣΑ", "İstanbul", "ISTANBUL", "Iğdır ılık", "i̇", "I", "ı", "DİYARBAKIR'DA", "İİİ", "Straße", "STRASSE",
    "STRAẞE", "ß", "ŉ", "ǰ", "ﬁ", "ﬂuß", "ﬃ", "Ǆ", "ǅ", "ǆ", "ᾳ", "ᾼ", "ΐ", "Ω", "Å", "K", "ſ", "Æther", "œuvre", "Łódź", "Český Krumlov", "ŽIŽKOV",
    "Hà Nội", "Nguyễn Văn A", "Ꭰ", "ꭰ", "Ა", "ა", "ქართული ენა", "Հայերեն լեզու։", "አማርኛ።", "தமிழ் மொழி.", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "বাংলা ভাষা।",
    "ગુજરાતી", "ਪੰਜਾਬੀ", "සිංහල", "မြန်မာ", "ខ្មែរ", "ລາວ", "བོད་སྐད།", "ᠮᠣᠩᠭᠣᠯ", "𐐀𐐨", "𝕳𝖊𝖑𝖑𝖔", "𝟙𝟚𝟛", "Ⅷ", "ⅷ", "Ⓐ", "ⓐ", "①②③", "㍿", "㎏", "Ａｂｃ１２３", "ᵃᵇ", "ₐ",
    "e\u0301", "\u0301", "a\u0301\u0302\u0303\u0304", "Z\u0351\u036b\u0343\u036aa\u0351\u036blgo", "ñ", "n\u0303", "o\u0308ffnen", "\u0308a", " \u0301 ", "a \u0301b", "\u1100\u1161\u11a8",
    "\U0001D400", "\U0002070E", "\uE000", "\U000F0000", "\uFFFF", "\U0010FFFF", "\u0378", "\U0001F1E6", "\uFE0F", "\u200D", "\U000E0041", "¼", "٣", "৩", "௧", "Ⅻ", "五", "万",
]

NUMBERS = [
    "0", "1", "-1", "+1", "1.5", "-1.5", ".5", "5.", "1,5", "1e5", "1E-5", "0x1F", "0b101", "1/2", "3/4", "1/2/3", "2023-01-31", "31.01.2023",
    "01/31/2023", "12:30:59", "1st", "2nd", "3rd", "4th", "11th", "21st", "1er", "2e", "3º", "4ª", "ten", "Ten", "twenty-one", "hundred", "dozen",
    "fifth", "zwei", "zwölf", "hundert", "deux", "quatre-vingt", "dos", "veintiuno", "iki", "yüz", "два", "сто", "δύο", "دو", "दो", "עשרים", "١٢٣", "१२३",
    "kaksi", "två", "twee", "dwa", "dva", "kettő", "doi", "dois", "tre", "satu", "1000000", "1_000", "~5", "±5", "~5%", "5kg", "5 kg", "5km/h",
    "100m", "5ft", "5'10\"", "10x", "3D", "4K", "A4", "B2B", "COVID-19", "F-16", "MP3", "iPhone7", "x86_64", "1a2b3c", "007", "1-2-3", "555-1234",
    "+49 (0)30 123456", "(555) 123-4567", "ISBN 978-3-16-148410-0", "1.234.567,89", "12,34,567", "$1.2m", "€1,50", "10-fold", "1980s", "mid-1990s",
]

SHAPES = [
    "a", "A", "aA", "Aa", "AA", "aaaa", "aaaaa", "aaaaaa", "AAAAA", "aaaaaB", "A1", "a1", "1a", "1A", "11111", "111111", "a-b", "A-B", "a_b", "CamelCase",
    "camelCase", "SHOUTING", "mIxEd", "McDonald", "MacOS", "eBay", "iOS", "NaN", "x" * 99, "x" * 100, "x" * 101, "X" * 99, "1" * 100, "Ab" * 60, "." * 99,
    "." * 120, "-" * 101, "a" * 98 + "é", "😀" * 50, "😀" * 100, "é" * 100, "漢" * 100, "hyphen-ated", "co-operate", "well-known-author", "-start", "end-",
    "a--b", "a---b", "mother-in-law's", "pre- and post-war", "x-", "-x-", "under_score", "_a_", "snake_case_name", "kebab-case-name",
    "dotted.name.here", "a.b", "A.B", "a.B", "A.b", "abc.Def", "abc.DEF", "Abc.def", "ABC.def", "a,B", "a;b", "a?b", "a!b", "a'b", "a\"b", "a(b)c", "a[b]c",
    "word)", "(word", "word).", "\"word", "word\"", "'word'", "word'", "w/o", "w/", "b/c", "n/a", "N/A", "24/7", "he/she", "s/he", "X", "ORG", "NOUN", "ROOT", "PERSON",
]

SENTENCES = [
    "The cat sat on the mat.", "Time flies like an arrow; fruit flies like a banana.", "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo.",
    "I saw the man with the telescope.", "Apple is looking at buying a U.K. startup for $1 billion.", "She said, \"I don't know,\" and left.",
    "Who, what, when, where and why?", "THIS IS ALL IN CAPITALS.", "this one has no capitals or full stop", "No verb here", "Yes", "no.", "Stop! Go. Wait?",
    "He (who knows everything) didn't know that.", "A B C D E F G", "the the the the the the", "is is is is", "and and and", "Not. A. Sentence.",
    "Dr. Smith, of St. Mary's, earned $3.5m in 2019, i.e. 20% more.", "i like 2 go 2 the park w/ my m8s lol", "omg!!! sooo coooool <3 <3 #blessed @bff",
    "Der Hund, der gestern bellte, schläft heute.", "Am 3. Mai fuhr Frau Dr. Müller z.B. nach Köln.", "L'homme qu'il a vu n'est pas d'ici.", "¿Dónde está la biblioteca?",
    "Aujourd'hui, c'est-à-dire demain.", "Il y a 1 500 000 habitants à Paris.", "Türkiye'nin başkenti Ankara'dır.", "Dün akşam İzmir'e gittik.", "Мама мыла раму.",
    "Ο γάτος κάθεται στο χαλί.", "Kissa istuu matolla.", "Katten sitter på mattan.", "De kat zit op de mat.", "Kot siedzi na macie.", "Kočka sedí na rohožce.", "A macska a szőnyegen ül.",
    "Il gatto è sul tappeto.", "O gato está no tapete.", "Pisica stă pe covor.", "Kucing itu duduk di atas tikar.", "Con mèo ngồi trên thảm.", "Mixed العربية and English and עברית 123.",
    "Right\u202eto\u202cleft.", "A word then 漢字 then кириллица.", "See [1], [2] and (3); cf. p. 12ff.", "f(x) = x^2 + 2x - 1", "int main(void) { return 0; }", "if (a<b && b>c) x++;",
    "SELECT * FROM t WHERE a='b';", "{\"key\": [1, 2, null]}", "key: value\n- item\n- item two\n", "From: a@example.com\nTo: b@example.com\nSubject: Re: [list] hello\n\nHi,\n\n> quoted\n> text\n\n--\nMe",
    "1. First item\n2. Second item\n   a) nested\n", "col1\tcol2\tcol3\n1\t2\t3\n", "* bullet\n* bullet two\n\n\n\nparagraph", "Line one\\\nline two", "---\ntitle: x\n---\n",
    "a b c . d e f . g h i .", ". . . . .", ", , ,", "\" \" \"", "( ( ( ) ) )", "1 2 3 4 5 6 7 8 9 10", "x y z", "Hello , world !", "do n't", "ca n't", "it 's", "gon na", "( a )", "\" a \"",
]

GROUPS = [EMPTY_AND_SPACE, PUNCTUATION, CONTRACTIONS, WEB, EMOJI, SCRIPTS, NUMBERS, SHAPES, SENTENCES]
GLUE = [" ", " ", " ", " ", "", "", "  ", "\n", "\n\n", "\t", ", ", ". ", "-", "/", "…", "\u00a0", "\u2028", "\u200b", "'", "\"", "(", ")", ".", "'s ", "\r\n"]


def space_like():
    for i, code in enumerate(SPACE_LIKE):
        frames = [SPACE_FRAMES[0], SPACE_FRAMES[3], SPACE_FRAMES[4], SPACE_FRAMES[5 + i % 4]]
        for frame in frames:
            yield frame.replace("{}", chr(code))


def mixed(rng, count):
    """Texts glued together from all pieces; some get a code point changed, doubled or dropped."""
    pieces = [p for group in GROUPS for p in group if p] + [chr(c) for c in SPACE_LIKE]
    for _ in range(count):
        text = ""
        for _ in range(rng.choice([2, 3, 4, 6, 10, 16])):
            text += rng.choice(pieces)[:80] + rng.choice(GLUE)
        chars = list(text)
        for _ in range(rng.choice([0, 0, 1, 3])):
            at = rng.randrange(len(chars))
            chars[at] = rng.choice(["", chars[at] * 2, chr(rng.choice(SPACE_LIKE)), chr(rng.randrange(0x20, 0x2FF)), chars[at].upper()])
        yield "".join(chars)


def big(rng):
    """Few texts, each long in its own way."""
    yield "x" * 20_000
    yield "é" * 20_000
    yield "." * 20_000
    yield "a." * 10_000
    yield "don't" * 4_000
    yield "(" * 5_000 + "x" + ")" * 5_000
    yield " " * 20_000
    yield "\n" * 20_000
    yield "a " * 10_000
    yield "http://example.com/" + "a/" * 9_000
    yield "".join(rng.choice("abcdefghijklmnopqrstuvwxyz.'-,") for _ in range(20_000))
    yield "👩‍👩‍👧‍👦" * 1_000
    yield " ".join(rng.choice([s for s in SENTENCES if "\n" not in s]) for _ in range(400))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--mixed", type=int, default=200)
    p.add_argument("--big", action="store_true")
    a = p.parse_args()
    rng = random.Random(a.seed)
    if a.big:
        texts = list(big(rng))
    else:
        texts = [t for group in GROUPS for t in group] + list(space_like()) + list(mixed(rng, a.mixed))
        texts = list(dict.fromkeys(texts))
    for text in texts:
        sys.stdout.write(json.dumps({"text": text}, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
