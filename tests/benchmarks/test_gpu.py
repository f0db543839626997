"""The plain parts of `python -m benchmarks.gpu`, which no GPU is needed for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.gpu import __main__ as command
from benchmarks.gpu import caption, loops, scope, score, spread, stock, train
from benchmarks.row import Row
from vsfa_data import vision_attention
from vsfa_data.processes.pool import CARDS_SETTING
from vsfa_data.train import padding

SMALL = scope.Scope(small=True)


@pytest.mark.parametrize(
    ("only", "taken"),
    [
        ("", {"batch 8, on", "batch 8, off", "fed"}),
        ("batch on", {"batch 8, on"}),
        ("8, off;fed", {"batch 8, off", "fed"}),
        ("none", set()),
    ],
)
def test_parts_are_chosen_by_words(only: str, taken: set[str]) -> None:
    parts = {"batch 8, on", "batch 8, off", "fed"}
    assert {part for part in parts if scope.Scope(only=only).takes(part)} == taken


def test_each_row_is_kept_as_it_comes_and_the_table_is_printed_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(device: str, wanted: scope.Scope) -> Iterator[Row]:
        assert (device, wanted) == ("cpu", scope.Scope(small=True, only="a b"))
        yield Row("a step", 2.0, 1.0, "s", "<= 1.1")
        assert len((tmp_path / "rows").read_text().splitlines()) == 1
        yield Row("memory", 3.0, 4.0, "GiB", "")

    monkeypatch.setattr(train, "measure", measure)
    words = ["gpu", "train", "--device", "cpu", "--small", "--only", "a b"]
    monkeypatch.setattr("sys.argv", [*words, "--rows", str(tmp_path / "rows")])
    command.main()
    rows = [json.loads(line) for line in (tmp_path / "rows").read_text().splitlines()]
    assert rows[0] == ["a step", "2", "1", "s", "2.00", "<= 1.1", "missed"]
    assert rows[1] == ["memory", "3", "4", "GiB", "0.75", "", ""]
    *_, head, first, last = capsys.readouterr().out.rstrip().splitlines()
    assert head.split()[:3] == ["what", "here", "limit"]
    assert (first.split()[-1], last.split()[0]) == ("missed", "memory")


def test_the_other_side_has_the_model_as_transformers_and_peft_have_it() -> None:
    model, _ = train.base_model("cpu", SMALL)
    model = train.with_lora(model, "cpu")

    def state() -> tuple[str, str, set[bool], set[bool]]:
        layers = [m for m in model.modules() if hasattr(m, "lora_A")]
        assert len(layers) == 14
        config = model.get_base_model().config
        casts = {getattr(m, "cast_input_dtype_enabled", True) for m in layers}
        attending = (c._attn_implementation for c in (config.vision_config, config.text_config))
        return *attending, casts, {bool(m.lora_variant) for m in layers}

    theirs, ours = (
        ("sdpa", "sdpa", {True}, {False}),
        (vision_attention.NAME, padding.NAME, {False}, {True}),
    )
    assert state() == theirs
    stock.mend_for_training(model)
    assert state() == ours
    with stock.stock(model):
        assert state() == theirs
    assert state() == ours


def test_the_floating_point_operations_of_a_step() -> None:
    model, processor = train.base_model("cpu", SMALL)
    bench = loops.Bench(train.with_lora(model, "cpu"), processor, "cpu", SMALL)
    batch = loops.batches_of(bench, 1, 1)[0]
    tokens, patches = batch["input_ids"].shape[1], len(batch["pixel_values"])
    # Two layers of 256: q, k, v, o with 4 heads for 2, and three of 704; a head of 4,096 words.
    linear = 2 * (256 * (256 + 128 + 128 + 256) + 3 * 256 * 704)
    ours = 16 * 2 * ((256 + 256) * 2 + (256 + 128) * 2 + 3 * (256 + 704))
    rest = 2 * (256 + 128 + 128 + 2 * 256) + 256  # biases and norms
    text = linear + rest + 4096 * 256
    seeing = sum(p.numel() for n, p in model.named_parameters() if "visual" in n)
    expected = (4 * text + 6 * ours) * tokens + 6 * 2 * 256 * tokens**2 + 2 * seeing * patches
    assert train._flops(bench, batch) == expected
    layer = model.model.language_model.layers[0].mlp.up_proj.base_layer
    packed = torch.zeros(layer.weight.numel() // 2, 1, dtype=torch.uint8)  # as bitsandbytes does
    layer.weight = torch.nn.Parameter(packed, requires_grad=False)
    assert train._flops(bench, batch) == expected


def test_the_most_and_the_middle_of_several_runs() -> None:
    runs = [loops.Timed(seconds, gib) for seconds, gib in ((3.0, 1.0), (1.0, 5.0), (2.0, 2.0))]
    assert loops.middle(runs) == loops.Timed(2.0, 5.0)


def test_the_driver_is_asked_for_the_card_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CARDS_SETTING, "3,1")
    assert score.Idle("cuda")._words[-2:] == ["-i", "3"]
    assert score.Idle("cpu")._words == []


def test_the_documented_configuration_of_fsdp_is_what_is_measured(tmp_path: Path) -> None:
    written = spread._fsdp(tmp_path).read_text(encoding="utf-8")
    assert "distributed_type: FSDP" in written
    assert f"num_processes: {spread.CARDS}\n" in written


def test_captions_of_a_small_model_are_timed_on_a_cpu() -> None:
    rows = list(caption.measure("cpu", scope.Scope(small=True, brief=True, only="LLaVA")))
    assert [row.what for row in rows] == ["LLaVA-1.5-7B: captioner / bare generate"]
    assert rows[0].here > 0
