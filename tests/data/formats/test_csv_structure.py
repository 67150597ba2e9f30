"""Rows of CSV text: where they end, quotation marks that are not closed, rows swallowed by them."""

from __future__ import annotations

import codecs
import csv
import gzip
import io

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evenhand.data.dataset.manifest import Columns
from evenhand.data.errors import ConfigurationError, InputError, OptionError
from evenhand.data.formats import csv_structure
from evenhand.data.formats.bad_rows import BadRows
from evenhand.data.formats.csv_structure import MOST_LINES, structure_of
from evenhand.data.formats.delimiters import CANDIDATES, likely_delimiter
from evenhand.data.formats.dialect import Dialect
from evenhand.data.formats.sources import in_dialect, input_file
from evenhand.data.reading.readers import read_numbered

LABELLED = Columns(text="text", label="label")
ROWS = "".join(f"text number {n},{n % 2}\n" for n in range(100))


def read(path, columns=LABELLED, bad_rows=None, **dialect):
    (file,) = in_dialect([input_file(path)], Dialect(**dialect))
    numbers, texts = [], []
    for rows in read_numbered(file, columns, bad_rows=bad_rows):
        numbers += pa.array(rows.numbers).to_pylist()
        texts += rows.batch.column("text").to_pylist()
    return dict(zip(numbers, texts, strict=True))


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="a.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def test_a_mark_at_the_beginning_of_a_text_swallows_no_row_of_a_tsv_file(write):
    lines = [f"text number {n}\t{n % 2}" for n in range(1_000)]
    lines[100] = '"To be or not\t1'
    lines[200] = 'That is the question"\t0'
    texts = read(write("text\tlabel\n" + "\n".join(lines), "a.tsv"))
    assert len(texts) == 1_000
    assert texts[101] == '"To be or not'
    assert texts[201] == 'That is the question"'


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        pytest.param(['"unclosed,1', *["x,0"] * 5, '"bye" he said,1'], 1, id="closed by a quote"),
        pytest.param(["x,0", '"unclosed,1', "y,0", 'z,"1"'], 2, id="closed by a quoted label"),
        pytest.param(["x,0", '"a"b,1'], 2, id="text behind the closing mark"),
        pytest.param(["x,0", '"a" ,1'], 2, id="a space behind the closing mark"),
        pytest.param(["x,0", '"unclosed,1'], 2, id="the last row"),
        pytest.param(["x,0", '"'], 2, id="a lone mark"),
        pytest.param(["x,0", 'y,"0'], 2, id="the label"),
        pytest.param(["x,0", '"say \\"hi\\", you",1'], 2, id="escaped by a backslash"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_mark_that_is_not_closed_is_named_with_its_row_and_can_be_skipped(write, lines, row, end):
    path = write("text,label" + end + end.join(lines) + end)
    with pytest.raises(InputError, match="a quotation mark begins a field") as raised:
        read(path)
    assert raised.value.where == f"{path}, row {row}"
    bad_rows = BadRows("skip")
    texts = read(path, bad_rows=bad_rows)
    assert row not in texts
    assert len(texts) + bad_rows.total == len(lines), "every line is a row or a bad row"
    assert bad_rows.first[0].startswith(f"{path}, row {row}: a quotation mark")


def test_rows_are_numbered_as_in_the_file_whatever_is_left_out(write):
    path = write(f'text,label\n\n{ROWS}"open,1\nb,1,2\nc,0\n"d"e,1\nf,9\ng,1\n')
    bad_rows = BadRows("skip")
    texts = read(path, bad_rows=bad_rows)
    assert {number: texts[number] for number in texts if number > 99} == {
        100: "text number 99",
        103: "c",
        106: "g",
    }
    assert [line.split(": ")[0].rpartition(" ")[2] for line in bad_rows.first[:3]] == [
        "101",
        "102",
        "104",
    ]
    assert bad_rows.total == 4


@pytest.mark.parametrize("swallowed", [0, 1, 20, 99])
def test_a_field_that_holds_what_looks_like_rows_is_refused_though_the_columns_fit(
    write, swallowed
):
    middle = "".join(ROWS.splitlines(keepends=True)[:swallowed])
    path = write(f'text,label\nfirst,0\n"To be or not,1\n{middle}that is it",0\nlast,1\n')
    for bad_rows in (None, BadRows("skip")):
        with pytest.raises(InputError, match="seems not to be closed") as raised:
            read(path, bad_rows=bad_rows)
        assert raised.value.where == f"{path}, row 2"
        assert "`quoting`" in raised.value.remedy
    assert len(read(path, quoting="double")) == 3
    assert len(read(path, quoting="none", bad_rows=BadRows("skip"))) == 4 + swallowed


@pytest.mark.parametrize("swallowed", [0, 1, 20])
def test_a_last_field_that_holds_what_looks_like_rows_is_refused(write, swallowed):
    middle = "".join(f"{n % 2},text {n}\n" for n in range(swallowed))
    path = write(f'label,text\n0,first\n1,"To be or not\n{middle}0,that is it"\n1,last\n')
    with pytest.raises(InputError, match="looks like a row of its own") as raised:
        read(path)
    assert raised.value.where == f"{path}, row 2"
    assert len(read(path, quoting="double")) == 3


@pytest.mark.parametrize("columns", [("text", "label"), ("label", "text"), ("n", "label", "text")])
def test_where_the_text_stands_does_not_make_an_honest_comment_look_like_rows(write, columns):
    texts = [
        *("a, b\nc", "said: 1,\nand", "x\n\ny, z", '"a,"\nb, "c"', "1\n2\n3", "so,\n", "\n,"),
        *("Two rules:\n1, be nice", "1, one\n0, none", "in\nMay, 1\nor so", "It was\n1,0\nor\n0,1"),
        "0, so\n" * 20,
    ]
    rows = [{"text": text, "label": n % 2, "n": n} for n, text in enumerate(texts)]
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    assert list(read(write(file.getvalue())).values()) == texts


def test_one_line_of_several_that_looks_like_a_row_is_no_sign_of_a_lost_mark(write):
    texts = ["RT fixing my car :10,000\nmiles", "it was\n2,1\nand then\n3,1\nat last", "x"]
    table = io.StringIO()
    csv.writer(table).writerows([("text", "label"), *((text, 1) for text in texts)])
    assert list(read(write(table.getvalue())).values()) == texts


def test_a_field_of_very_many_lines_is_refused_unless_quoting_was_asked_for(write):
    def comment(lines):
        return write(f'text,label\nx,0\n"{"a line" + chr(10) * (lines - 1)}",1\n')

    assert len(read(comment(MOST_LINES))) == 2
    path = comment(MOST_LINES + 1)
    with pytest.raises(InputError, match=f"it spans {MOST_LINES + 1} lines") as raised:
        read(path)
    assert raised.value.where == f"{path}, row 2"
    assert len(read(path, quoting="double")) == 2


def test_rows_without_numbers_are_told_by_the_number_of_their_fields(write):
    columns = Columns(text="text")
    lines = "".join(f"text {n},topic {n}\n" for n in range(12))
    with pytest.raises(InputError, match="looks like a row of its own"):
        read(write(f'text,topic\n"open,x\n{lines}close",y\n'), columns)
    poem = "".join(f"line {n}, of a poem\nand another\nand one more\n" for n in range(12))
    for text in (poem, "one line, of two halves\n" * 12):
        assert len(read(write(f'text,topic\n"{text}",y\n'), columns)) == 1


def test_honest_comments_of_several_lines_are_read(write):
    texts = ['He said: "no,\nnever", 3', "a\n\n\nb", "1, 2\n3", '"', 'x""y', "In May,\n2 came, 5\n"]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([("id", "text", "label"), *((n, text, 1) for n, text in enumerate(texts))])
    assert list(read(write(file.getvalue())).values()) == texts


def test_marks_within_fields_are_text(write):
    path = write('text,label\nshe said "hi",1\n 5" tall,0\nx""y,1\nit is "\n"",0\n')
    bad_rows = BadRows("skip")
    assert list(read(path, bad_rows=bad_rows).values()) == ['she said "hi"', ' 5" tall', 'x""y', ""]
    assert bad_rows.total == 1


def test_a_carriage_return_ends_no_line_of_a_file_whose_lines_end_otherwise(write):
    path = write('text,label\na\rb,1\nc,0\n"d\re",1\r\nf\r,0\n"g"\r,1\n')
    with pytest.raises(InputError, match="a carriage return") as raised:
        read(path)
    assert raised.value.where == f"{path}, row 1"
    bad_rows = BadRows("skip")
    assert read(path, bad_rows=bad_rows) == {2: "c", 3: "d\re"}
    assert bad_rows.total == 3
    assert list(read(write('text,label\ra,1\r"b\nc",0\r')).values()) == ["a", "b\nc"]


def test_a_header_with_an_unclosed_mark_is_refused(write):
    for content in ('"text,label\nx,1\n', '"text"s,label\nx,1\n'):
        with pytest.raises(InputError, match="a quotation mark begins a field") as raised:
            read(write(content), bad_rows=BadRows("skip"))
        assert raised.value.where.endswith("a.csv, the header")


@pytest.mark.parametrize(
    "content",
    ['"text"\t"label"\nx\t1\n', 'text\tlabel\nx\t1\n"say ""hi"""\t0\n'],
    ids=["header", "field"],
)
def test_a_tsv_file_with_quoting_is_not_read_without(write, content):
    path = write(content, "a.tsv")
    with pytest.raises(InputError, match="quotation marks") as raised:
        read(path)
    assert raised.value.remedy.startswith("give `quoting` double")
    assert "x" in read(path, quoting="double").values()


def test_a_delimiter_of_ones_own(write):
    path = write("text;label\nshe, or he;1\n")
    with pytest.raises(InputError, match="no column 'text'") as raised:
        read(path)
    assert raised.value.remedy == "give `delimiter` ';' if that separates the fields"
    assert list(read(path, delimiter=";").values()) == ["she, or he"]
    path = write("text\tlabel\nshe, or he\t1\n")
    for tab in ("\t", r"\t"):
        assert list(read(path, delimiter=tab).values()) == ["she, or he"]


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "cp1252", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("end", ["csv", "tsv.gz", "jsonl"])
def test_text_of_another_encoding(write, name, end):
    text = "café “she”, naïve" if name != "latin-1" else "café 'she', naïve"
    content = {
        "csv": f'text,label\n"{text}",1\n',
        "tsv.gz": f"text\tlabel\n{text}\t1\n",
        "jsonl": f'{{"text": "{text}", "label": 1}}\n',
    }[end].encode(name)
    path = write(gzip.compress(content) if end.endswith("gz") else content, f"a.{end}")
    assert list(read(path, encoding=name).values()) == [text]


def test_bytes_that_are_not_of_the_encoding_make_a_bad_row(write):
    rows = [b"text,label", b"a,1", b"b\xff,0", b"c,1", b""]
    bad_rows = BadRows("skip")
    assert list(read(write(b"\n".join(rows)), bad_rows=bad_rows, encoding="ascii").values()) == [
        "a",
        "c",
    ]
    assert "row 2, column 'text': the text is not ascii" in bad_rows.first[0]
    half = "text,label\nschön,1\n".encode("utf-16")[:-1]
    with pytest.raises(InputError, match="not utf-16"):
        read(write(half), encoding="utf-16")


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        ("text,label\na,1\n".encode("utf-16"), "is UTF-16", "`encoding` utf-16"),
        ("text,label\na,1\n".encode("utf-32"), "is UTF-32", "`encoding` utf-32"),
        ("text,label\na,1\n".encode("utf-16-le"), "null byte", "`encoding` utf-16-le"),
        ("tëxt,label\na,1\n".encode("cp1252"), "header is not UTF-8", "`encoding`"),
        (gzip.compress(b"text,label\na,1\n", mtime=0), "is compressed", "add .gz to its name"),
    ],
)
def test_what_is_not_utf8_is_named_with_the_flag_that_reads_it(write, content, says, remedy):
    with pytest.raises(InputError, match=says) as raised:
        read(write(content))
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(
    "dialect",
    [
        *({"delimiter": bad} for bad in ("", ",,", '"', "\n", "\r", "\0", "é", 3)),
        *({"quoting": bad} for bad in ("", "single", True)),
        *({"encoding": bad} for bad in ("", "utf-9", "base64", "rot13", "undefined", 8)),
    ],
    ids=str,
)
def test_a_dialect_that_cannot_be_is_refused(dialect):
    (name,) = dialect
    with pytest.raises(ConfigurationError) as raised:
        Dialect(**dialect)
    error = raised.value
    assert error.option == name if isinstance(error, OptionError) else error.where == f"`{name}`"


def test_a_dialect_that_no_input_has_is_refused(write):
    path = write('{"text": "x", "label": 1}\n', "a.jsonl")
    for option in ({"delimiter": ";"}, {"quoting": "none"}):
        with pytest.raises(ConfigurationError, match="has no effect on any input"):
            read(path, **option)


def test_null_bytes_and_marks_in_mid_text_stay(write):
    assert list(read(write("text,label\na\0b,1\n\ufeffc,0\n")).values()) == ["a\0b", "\ufeffc"]
    assert list(read(write("\ufefftext,label\na,1\n")).values()) == ["a"]


def test_rows_across_blocks_are_whole(write, monkeypatch):
    """Blocks of few bytes end in the middle of marks, line ends and characters."""
    texts = ['say ""', '"', "\n", '"\r\n"', "é" * 9, "a,b", '",', "\r"]
    rows = [(text * (n % 3 + 1), n % 2) for n, text in enumerate(texts * 9)]
    file = io.StringIO()
    csv.writer(file).writerows([("text", "label"), *rows])
    path = write(file.getvalue())
    expected = list(read(path).values())
    assert expected == [text for text, _ in rows]
    for block in (57, 61, 64, 128):
        monkeypatch.setattr("evenhand.data.formats.csv_rows._BLOCK_BYTES", block)
        monkeypatch.setattr("evenhand.data.formats.csv_rows._HEADER_BYTES", block // 4)
        assert list(read(path).values()) == expected


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("text;label\nshe, or he;1\nshe, he, they;0\n", ";"),
        ("text\tlabel\nshe, or he\t1\n", "\t"),
        ("text|label\nshe|1\n", "|"),
        ("text,label\nshe; he,1\n", ","),
        ('"the text, as typed";label\nshe;1\nhe;0\n', ";"),
        ("text; raw,label\nshe,1\nshe; he; they,0\n", ","),
        ("text;label\n" + '"she, ""or"" he\n; they";1\n' * 30, ";"),
        ("text;label\nshe;1;2\nhe;0\nthey;1\n", ";"),
        ("text\nshe, he; they\n", ","),
        ("text", ","),
        ("", ","),
        ("a;" * 30 + "b\n" + "x" * 200_000, ";"),
    ],
)
def test_the_first_rows_tell_what_separates_their_fields(content, delimiter):
    assert likely_delimiter(content.encode(), ",", has_quotes=True) == delimiter


def test_each_file_s_own_delimiter_is_found(write):
    semicolons = write("text;label\nshe, or he;1\n")
    assert list(read(semicolons, delimiter="auto").values()) == ["she, or he"]
    commas = write('text,label\n"she; or he",1\n')
    assert list(read(commas, delimiter="auto").values()) == ["she; or he"]


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.text('ab,;|\t"\n ', min_size=1), st.sampled_from("01")), min_size=1),
    delimiter=st.sampled_from(CANDIDATES),
    default=st.sampled_from(",\t"),
)
def test_whatever_the_texts_hold_a_written_table_s_delimiter_is_found(rows, delimiter, default):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([("text", "label"), *rows])
    content = written.getvalue().encode()
    assert likely_delimiter(content, default, has_quotes=True) == delimiter


def python_rows(text, delimiter):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


@settings(max_examples=300, deadline=None, derandomize=True)
@example('a"b,"c"\n')
@example('"a""b"\n"c\r')
@given(st.text(alphabet='ab",\n\r', max_size=30))
@pytest.mark.parametrize("piece", [5, csv_structure._PIECE])
def test_rows_end_where_pythons_strict_reader_ends_them(piece, text):
    """Where Python's reader finds no fault, the rows are the same; where it does, so do we."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_structure, "_PIECE", piece)
        structure = structure_of(
            f"{text}\n".encode(), ",", has_quotes=True, ends_at_returns=True, is_last=True
        )
    try:
        rows = [row for row in python_rows(text + "\n", ",") if row]
    except csv.Error:
        assert structure.broken
        return
    assert not structure.broken
    assert structure.end == len(text.encode()) + 1
    assert structure.number_at(structure.end) - 1 == len(rows)


TEXTS = st.text(
    alphabet=st.sampled_from("ab \",;\t\n\r|'\\é€\u2028\ufeff1") | st.characters(codec="utf-8"),
    max_size=12,
)
TABLES = st.lists(st.tuples(TEXTS, st.integers(0, 1)), min_size=1, max_size=12)


def comparable(text):
    return text or None  # an empty field without quotation marks is a missing text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    TABLES,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    st.sampled_from(["csv", "pandas"]),
)
def test_tables_that_others_write_are_read_as_they_were(
    tmp_path_factory, table, delimiter, quoting, end, encoding, writer
):
    path = tmp_path_factory.mktemp("table") / "a.csv"
    if writer == "csv":
        with path.open("w", encoding=encoding, newline="") as file:
            rows = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
            rows.writerows([("text", "label"), *table])
    else:
        frame = pd.DataFrame(table, columns=["text", "label"])
        frame.to_csv(
            path, sep=delimiter, quoting=quoting, lineterminator=end, encoding=encoding, index=False
        )
    dialect = {"delimiter": delimiter, "encoding": None if encoding == "utf-8" else encoding}
    try:
        read_texts = read(path, quoting="double", **dialect)
    except InputError as error:  # Python 3.12 and older write them so if lines end otherwise
        assert error.what.startswith("a carriage return")
        assert any("\r" in text for text, _ in table)
        return
    assert list(map(comparable, read_texts.values())) == [comparable(text) for text, _ in table]
    try:  # without being told of quoting: the same, or an error that names it
        assert read(path, **dialect) == read_texts
    except InputError as error:
        assert "`quoting`" in error.remedy


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TABLES, st.sampled_from(["csv", "tsv"]), st.booleans())
def test_no_line_of_a_file_without_quoting_is_lost(tmp_path_factory, table, name, asked):
    """Lines that were joined by hand are rows, bad rows that are named, or an error."""
    path = tmp_path_factory.mktemp("table") / f"a.{name}"
    delimiter = "\t" if name == "tsv" else ","
    lines = [
        f"{' '.join(text.replace(delimiter, ' ').split())}{delimiter}{label}"
        for text, label in table
    ]
    path.write_text(f"text{delimiter}label\n" + "\n".join(lines), encoding="utf-8", newline="")
    bad_rows = BadRows("skip")
    try:
        texts = read(path, bad_rows=bad_rows, quoting="none" if asked else None)
    except InputError as error:
        assert "`quoting`" in (error.remedy or "") or not asked
        assert not asked
        return
    assert len(texts) + bad_rows.total == len(lines)
    if asked:
        assert list(map(comparable, texts.values())) == [
            comparable(line.rpartition(delimiter)[0]) for line in lines
        ]


def test_encodings_of_python_that_are_no_text_do_not_hang():
    assert codecs.lookup("punycode").name == "punycode"
    for name in ("punycode", "idna", "unicode_escape", "utf-7"):
        try:
            assert Dialect(encoding=name).codec == codecs.lookup(name).name
        except ConfigurationError as error:
            assert error.where == "`encoding`"
