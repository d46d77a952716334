import io
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from recordings.minutes_form import printed
from recordings.minutes_pdf import minutes_pdf
from tests.support.recordings_builders import (
    CONSULTED_AT,
    EXPERT,
    EXPERT_ID,
    some_content,
    some_form,
    some_questions,
)

VALUES = printed(
    some_form(),
    some_content(),
    some_questions(),
    {EXPERT_ID: EXPERT},
    ZoneInfo("Asia/Ho_Chi_Minh"),
)


def text_of(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()
    )


def test_the_form_holds_every_typed_word_as_typed() -> None:
    text = text_of(minutes_pdf(VALUES, CONSULTED_AT, draft=False))
    content = some_content()
    for part in (
        content.conclusion,
        content.next_treatment,
        content.discussion,
        *(answer.text for answer in content.answers),
        "TRÍCH BIÊN BẢN HỘI CHẨN",
        "MS: 27/BV2",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "LƯỜNG VĂN MINH HOẠ",
        "chịu trách nhiệm quyết định",
    ):
        assert part in text
    assert "BẢN NHÁP" not in text


def test_a_draft_says_so_on_every_page() -> None:
    pdf = minutes_pdf(VALUES, CONSULTED_AT, draft=True)
    for page in PdfReader(io.BytesIO(pdf)).pages:
        assert "BẢN NHÁP" in page.extract_text()


def test_same_values_print_the_same_bytes() -> None:
    first, second = (minutes_pdf(VALUES, CONSULTED_AT, draft=False) for _ in range(2))
    assert first == second


def test_the_file_says_pdf_a_2b_and_embeds_its_fonts() -> None:
    reader = PdfReader(io.BytesIO(minutes_pdf(VALUES, CONSULTED_AT, draft=False)))
    metadata = reader.xmp_metadata
    assert metadata is not None
    packet = metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in packet
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in packet
    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in descendant["/FontDescriptor"]
            names.add(str(descendant["/BaseFont"]).split("+")[-1])
    assert names <= {"LiberationSerif", "LiberationSerif-Bold", "LiberationSerif-Italic"}
