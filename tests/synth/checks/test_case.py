"""One Item's way: what counts as disagreement, what waits, what is not paid for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa.item import Item
from qa.standing import latest, standing
from synth.checks.case import Case, as_answered, is_free_text
from synth.checks.panel import Panel, model_of, wrote
from synth.teacher.call import Answer, Call, Failure
from tests.synth.checks.driven import driven, panel, teacher
from tests.synth.checks.made import MCQ, item

WRITTEN = item("有几个电阻?", "A", MCQ)


def answers(of: Item, by: Panel, said: Iterator[Answer | str]) -> Case:
    case = Case(of, Path(), by, None, of.origin.writer)
    steps = case.steps()
    try:
        call = next(steps)
        while True:
            one = next(said)
            call = steps.send(one if isinstance(one, Answer) else Answer(call, "k", text=one, finish="stop"))
    except StopIteration:
        return case


def failed(kind: str) -> Answer:
    call = Call("r", "second", "blind@1", ())
    return Answer(call, "k", failure=Failure(kind, "why"))  # type: ignore[arg-type]


def test_a_cut_off_reply_is_no_answer() -> None:
    cut = Answer(Call("r", "second", "blind@1", ()), "k", text="先看A,A有2个电阻。答案:B", finish="length")
    case = answers(WRITTEN, panel(third=False), iter([cut]))
    assert [(c.name, c.verdict) for c in case.found] == [("blind", "unsure")]
    assert "cut off" in case.found[0].note


def test_no_answer_for_other_reasons_leaves_the_item_open() -> None:
    for kind in ("budget", "gave_up", "teacher", "picture"):
        case = answers(WRITTEN, panel(), iter([failed(kind)]))
        assert not case.found and not case.is_whole
        late = answers(WRITTEN, panel(), iter(["答案:B", failed(kind)]))
        assert [c.name for c in late.found] == ["blind"] and not late.is_whole, "what is known is kept"
    for kind in ("refused", "empty", "rejected"):
        case = answers(WRITTEN, panel(third=False), iter([failed(kind)]))
        assert case.is_whole and case.found[0].verdict == "unsure"


def test_three_different_answers_are_for_a_person() -> None:
    got = driven(WRITTEN, panel(votes=1, quorum=1), lambda i, c: {"second": "答案:B", "third": "答案:C"}[c.teacher])
    assert standing(got) == "review"
    assert latest(got)["vote"].verdict == "unsure"


def test_votes_end_when_they_decide() -> None:
    def asked(third: list[str], votes: int, quorum: int) -> tuple[str, int]:
        said = iter(third)
        used: list[str] = []

        def say(of: Item, call: Call) -> str:
            if call.teacher == "second":
                return "答案:B"
            used.append(next(said))
            assert call.sample == len(used) - 1, "each vote is another answer"
            return f"答案:{used[-1]}"

        return latest(driven(WRITTEN, panel(votes, quorum), say))["vote"].verdict, len(used)

    assert asked(list("AA"), 5, 2) == ("pass", 2)
    assert asked(list("BABAB"), 5, 3) == ("fail", 5)
    assert asked(list("CCC"), 5, 3) == ("unsure", 3), "three of five are for neither: no quorum can come"


def test_the_second_answer_within_tolerance_is_the_same_rival() -> None:
    of = item("截止频率为______Hz。", "3184 Hz")
    say = {"second": "答案:1592 Hz", "third": "答案:1.6 kHz"}
    got = driven(of, panel(), lambda i, c: say[c.teacher])
    assert latest(got)["vote"].verdict == "fail"
    assert standing(got) == "rejected"


def test_who_wrote_what() -> None:
    assert model_of("teacher:Qwen/Qwen2.5-VL@write@own-3f2a91c4") == "Qwen/Qwen2.5-VL"
    assert model_of("rule:count@1") == ""
    assert wrote(teacher("gpt-4o"), "teacher:gpt-4o@write@1")
    assert not wrote(teacher("gpt-4o"), "teacher:gpt-4o-mini@write@1")
    by = Panel((teacher("a"), teacher("b")), (teacher("a"), teacher("c")))
    assert by.second("teacher:a@write@1") == teacher("b")
    assert by.third("teacher:a@write@1", teacher("b")) == teacher("c"), "neither the writer's nor the second's"
    assert Panel((teacher("a"),)).second("teacher:a@write@1") is None


def test_words_our_grader_cannot_compare() -> None:
    assert is_free_text(item("D1的作用是______。", "防止电流倒灌"))
    for answer in ("10 kΩ", "反相放大器", "R1", "3"):
        assert not is_free_text(item("______", answer)), answer
    assert not is_free_text(WRITTEN)
    rival = as_answered(WRITTEN, "C")
    assert rival is not None and rival.answer == "C" and rival.options == WRITTEN.options
    assert as_answered(WRITTEN, "Z") is None


def test_an_answer_of_another_kind_is_a_disagreement_and_words_around_it_do_not_matter() -> None:
    of = item("与D1相连的元件是______。", "42")
    say = {"second": "答案:R1\nGood luck!", "third": "它是R1。\n答案: R1"}
    got = driven(of, panel(), lambda i, c: say[c.teacher])
    assert (latest(got)["vote"].verdict, standing(got)) == ("fail", "rejected"), got.origin.checks
    hedge = driven(item("R1与R2是______。", "串联"), panel(third=False), lambda i, c: "答案:串联或并联")
    assert "no readable answer" in latest(hedge)["blind"].note
    mute = driven(of, panel(third=False), lambda i, c: "答案:无法确定")
    assert "no readable answer" in latest(mute)["blind"].note


def test_a_right_gold_answer_with_words_around_it_is_the_truth() -> None:
    of = item("与D1相连的元件是______。", "R1")
    say = {"writer": "答案:R1 Good luck!", "second": "答案:R1"}
    got = driven(of, panel(), lambda i, c: say[c.teacher], gold=True)
    assert [(c.name, c.verdict) for c in got.origin.checks] == [("write", "pass"), ("truth", "pass"), ("blind", "pass")]
