"""Scores of single items from the logs of harnesses and from tables: known answers, what is left alone, and damage."""

from __future__ import annotations

import csv
import gzip
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, NothingToRead
from forerun.evaluate.items.item_answers import answers_of
from forerun.runs.score_readers import SCORE_READERS
from forerun.runs.score_readers.read import read_scores
from forerun.stats.clusters import clustered_mean
from tests.cards import control, known_answer


def rows(path: Path) -> list[dict[str, Any]]:
    columns = read_scores(path).rows.columns
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def written(folder: Path, files: Mapping[str, Any]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return folder


@known_answer("lm_eval_samples")
@pytest.mark.parametrize("task, metric", [("toy_mc", "acc"), ("toy_mc", "acc_norm"),
                                          ("toy_gen", "exact_match,take_first")])  # fmt: skip
def test_errors_are_those_that_lm_eval_wrote(shared: Path, task: str, metric: str) -> None:
    folder = shared / "raw" / "lm_eval_harness_0.4.13"
    table = api.read_scores(folder).table
    for system, place in (("3ykv54sv", "3ykv54sv"), ("acme/toy-2", "acme__toy-2")):
        results = json.loads(next((folder / place).glob("results_*.json")).read_text())["results"][task]
        name, _, kind = metric.partition(",")
        kind = kind or "none"
        mean = clustered_mean(answers_of(table, system, task, metric).score)
        assert mean.mean == pytest.approx(results[f"{name},{kind}"], abs=1e-12)
        assert mean.se == pytest.approx(results[f"{name}_stderr,{kind}"], abs=1e-12)


@known_answer("lm_eval_results")
def test_results_without_samples_give_means_of_tasks(shared: Path) -> None:
    table = api.read_scores(shared / "raw" / "lm_eval_harness" / "opt__opt-125m.json").table
    by_name = dict(zip(zip(table.columns["benchmark"], table.columns["metric"], strict=True), table.columns["score"],
                       strict=True))  # fmt: skip
    assert set(table.columns["system"]) == {"facebook/opt-125m"}
    assert set(table.columns["item"]) == {""}
    assert by_name["lambada_openai", "acc"] == 0.3790025228022511
    assert ("lambada_openai", "acc_stderr") not in by_name


def test_samples_of_old_harnesses_are_an_array_named_by_the_model(tmp_path: Path) -> None:
    samples = [{"doc_id": i, "doc": {}, "target": "a", "arguments": [], "resps": [], "acc": float(i)} for i in (0, 1)]
    written(tmp_path, {"m/results.json": {"results": {"arc_easy": {"acc,none": 0.5}, "easy": {"acc,none": 0.5}},
                                          "configs": {}, "config": {"model_args": "pretrained=acme/m,revision=step20"}},
                       "m/pretrained__acme_m_arc_easy.jsonl": json.dumps(samples, indent=2)})  # fmt: skip
    by_item = {row["item"]: row for row in rows(tmp_path / "m" / "pretrained__acme_m_arc_easy.jsonl")}
    assert by_item["1"]["score"] == 1.0
    assert (by_item["0"]["system"], by_item["0"]["benchmark"], by_item["0"]["step"]) == ("acme/m", "arc_easy", 20.0)


@known_answer("inspect_samples")
def test_samples_of_inspect_give_its_own_mean(shared: Path) -> None:
    pytest.importorskip("zstandard")
    table = api.read_scores(shared / "raw" / "inspect_eval").table
    answers = answers_of(table, "mockllm/model", "t", "match")
    assert clustered_mean(answers.score).mean == pytest.approx(0.8333333333333334)
    assert sorted(set(table.columns["sample"])) == ["1", "2"]


def test_what_a_metric_of_inspect_calls_a_cluster_is_what_samples_share(tmp_path: Path) -> None:
    """As its standard errors do; without, any entry of the metadata by its name."""

    def log(**options: str) -> dict[str, Any]:
        samples = [{"id": i, "epoch": 1, "input": str(i), "target": "2", "choices": ["1", "2"],
                    "metadata": {"text": f"t{i // 2}", "level": i % 3, "steps": [1]}, "scores": {"choice": {"value": "C"}}}
                   for i in range(6)]  # fmt: skip
        metrics = [{"name": "inspect_ai/accuracy", "options": {}}, {"name": "inspect_ai/stderr", "options": options}]
        return {"version": 2, "status": "success", "samples": samples, "plan": {"steps": [{"solver": "multiple_choice"}]},
                "eval": {"task": "sums", "model": "acme/m", "scorers": [{"name": "choice", "metrics": metrics}]}}  # fmt: skip

    written(tmp_path, {"a.json": log(cluster="text"), "b.json": log()})
    assert [row["group"] for row in rows(tmp_path / "a.json")] == ["t0", "t0", "t1", "t1", "t2", "t2"]
    assert "group" not in read_scores(tmp_path / "b.json").rows.columns
    assert api.read_scores(tmp_path / "b.json", group="level").table.columns["group"] == ("0", "1", "2") * 2
    with pytest.raises(BadInput, match="nothing says 'steps' of items; there are level, text"):
        api.read_scores(tmp_path / "b.json", group="steps")


def test_documents_of_lm_eval_and_columns_of_tables_say_what_items_share(tmp_path: Path) -> None:
    samples = [
        {"doc_id": i, "doc": {"passage": f"p{i // 2}", "text": "x" * 300}, "arguments": {}, "acc": 1.0}
        for i in range(4)
    ]
    written(tmp_path, {"m/samples_quiz_2026-01-01T00-00-00.jsonl": "\n".join(map(json.dumps, samples)),
                       "a.csv": "item,topic,m,n\n1,x,0,1\n2,x,1,1\n3,y,1,0\n", "b.csv": "model,item,score,topic\nm,1,1,x\n"})  # fmt: skip
    assert api.read_scores(tmp_path / "m", group="passage").table.columns["group"] == ("p0", "p0", "p1", "p1")
    assert api.read_scores(tmp_path / "a.csv", group="topic").table.columns["group"] == ("x", "x", "y") * 2
    assert api.read_scores(tmp_path / "b.csv", group="topic").table.columns["group"] == ("x",)
    with pytest.raises(BadInput, match="nothing says 'text'"):
        api.read_scores(tmp_path / "m", group="text")


def test_a_score_that_is_no_number_costs_its_item(tmp_path: Path) -> None:
    lines = [
        json.dumps({"doc_id": i, "doc": {}, "arguments": {}, "acc": v}) for i, v in enumerate([1.0, float("nan"), 0.0])
    ]
    written(
        tmp_path, {"m/samples_quiz_2026-01-01T00-00-00.jsonl": "\n".join(lines), "a.csv": "item,m,n\n1,inf,1\n2,1,0\n"}
    )
    read = api.read_scores(tmp_path / "m")
    assert read.table.columns["item"] == ("0", "2")
    assert [(one.where, one.why, one.lost) for one in read.damage] == [("item 1", "the score is nan", 1)]
    assert api.read_scores(tmp_path / "a.csv").table.n_rows == 3


def test_inspect_as_json_has_scorers_of_several_values_and_words(tmp_path: Path) -> None:
    samples = [
        {
            "id": 7,
            "epoch": 1,
            "input": "1+1",
            "target": "2",
            "scores": {"match": {"value": "P"}, "rubric": {"value": {"style": 0.25, "true": True, "note": "x"}}},
        }
    ]
    log = {
        "version": 2,
        "status": "success",
        "eval": {"task": "sums", "model": "acme/m"},
        "plan": {},
        "samples": samples,
    }
    written(tmp_path, {"a.json": log})
    assert {row["metric"]: row["score"] for row in rows(tmp_path)} == {
        "match": 0.5,
        "rubric/style": 0.25,
        "rubric/true": 1,
    }


@known_answer("helm")
def test_a_run_of_helm(tmp_path: Path) -> None:
    """Statistics, splits and specification as public runs of HELM 0.5 have them."""

    def entry(instance: str, exact: float, split: str = "test", **more: Any) -> dict[str, Any]:
        stats: list[dict[str, Any]] = [
            {
                "name": {"name": name, "split": split},
                "count": 1,
                "sum": value,
                "sum_squared": value**2,
                "min": value,
                "max": value,
                "mean": value,
                "variance": 0.0,
                "stddev": 0.0,
            }
            for name, value in (
                ("num_references", 4),
                ("exact_match", exact),
                ("inference_runtime", 0.68),
                ("max_prob", 1.0),
                ("finish_reason_unknown", 1),
                ("num_train_trials", 1),
                ("logprob", 0.0),
                ("batch_size", 1),
            )
        ]
        none = {"name": {"name": "training_co2_cost", "split": split}, "count": 0, "sum": 0, "sum_squared": 0}
        return {"instance_id": instance, "train_trial_index": 0, "stats": [none, *stats], **more}  # fmt: skip

    written(tmp_path, {
        "run/run_spec.json": {"name": "mmlu:subject=anatomy,method=joint,model=openai_gpt2",
                              "adapter_spec": {"method": "joint", "model_deployment": "huggingface/gpt2", "model": "openai/gpt2"}},
        "run/per_instance_stats.json": [entry("id1", 1), entry("id2", 0), {"oops": 1},
                                        entry("id1", 0, perturbation={"name": "typos"}), entry("id11", 1, "valid")],
        "run/display_predictions.json": [{"instance_id": "id1", "train_trial_index": 0, "stats": {"exact_match": 1.0}}],
        "run/stats.json": [{"name": {"name": "exact_match"}, "mean": 0.5}],
    })  # fmt: skip
    read = read_scores(tmp_path)
    assert [(row["system"], row["benchmark"], row["item"], row["metric"], row["score"]) for row in rows(tmp_path)] == [
        ("openai/gpt2", "mmlu:subject=anatomy,method=joint", "id1", "exact_match", 1.0),
        ("openai/gpt2", "mmlu:subject=anatomy,method=joint", "id2", "exact_match", 0.0),
        ("openai/gpt2", "mmlu:subject=anatomy,method=joint/typos", "id1", "exact_match", 0.0),
        ("openai/gpt2", "mmlu:subject=anatomy,method=joint/valid", "id11", "exact_match", 1.0),
    ]
    assert [one.where for one in read.rows.damage] == ["entry 2"]


def test_the_report_of_openai_evals_may_stand_before_its_events(tmp_path: Path) -> None:
    """As in a public record, whose events were written as they came: no picked answer, options, one try a sample."""
    spec = {"spec": {"completion_fns": ["agent"], "eval_name": "test-match.s1.simple-v0", "base_eval": "test-match", "split": "s1",
                     "run_config": {"seed": 20220722, "max_samples": None}, "created_by": "", "run_id": "r"}}  # fmt: skip
    events = [{"run_id": "r", "event_id": i, "sample_id": f"test-match.s1.{2 - i}", "type": "match", "created_by": "",
               "data": {"correct": i == 1, "expected": "15", "picked": None, "sampled": "2015", "options": ["15"]},
               "created_at": "2023-04-17 22:10:13.127550+00:00"} for i in range(3)]  # fmt: skip
    written(tmp_path, {"r.jsonl": "\n".join(map(json.dumps, [spec, {"final_report": {"accuracy": 1 / 3}}, *events]))})
    assert [(row["system"], row["benchmark"], row["item"], row["score"]) for row in rows(tmp_path)] == [
        ("agent", "test-match", f"test-match.s1.{2 - i}", float(i == 1)) for i in range(3)]  # fmt: skip


def openai_lines(*more: str) -> str:
    spec = {"spec": {"completion_fns": ["gpt-x"], "eval_name": "arith.dev.v0", "base_eval": "arith", "split": "dev"}}
    events = [
        {"run_id": "r", "event_id": 0, "sample_id": "arith.dev.0", "type": "sampling", "data": {"sampled": "2"}},
        {"run_id": "r", "event_id": 1, "sample_id": "arith.dev.0", "type": "match", "data": {"correct": True, "expected": "2", "picked": "2"}},
        {"run_id": "r", "event_id": 2, "sample_id": "arith.dev.0", "type": "match", "data": {"correct": False, "expected": "2", "picked": "3"}},
        {"run_id": "r", "event_id": 3, "sample_id": "arith.dev.1", "type": "metrics", "data": {"f1": 0.25, "choice": "Yes"}},
    ]  # fmt: skip
    return "\n".join(
        [json.dumps(spec), *(json.dumps(event) for event in events), *more, json.dumps({"final_report": {}})]
    )


@known_answer("openai_evals")
def test_records_of_openai_evals(tmp_path: Path) -> None:
    written(tmp_path, {"run.jsonl": openai_lines("oops")})
    assert [(row["item"], row["metric"], row["score"], row["sample"]) for row in rows(tmp_path)] == [
        ("arith.dev.0", "correct", 1.0, 1), ("arith.dev.0", "correct", 0.0, 2), ("arith.dev.1", "f1", 0.25, 1)]  # fmt: skip
    assert {(row["system"], row["benchmark"]) for row in rows(tmp_path)} == {("gpt-x", "arith")}
    assert [one.where for one in read_scores(tmp_path).rows.damage] == ["line 6"]


@known_answer("algoperf_trial")
def test_an_algoperf_tree_gives_the_rows_of_a_table_of_it(shared: Path, tmp_path: Path) -> None:
    with tarfile.open(shared / "algoperf" / "algoperf_v06_external_logs.tar.gz") as archive:
        names = [name for name in archive.getnames() if "shampoo/study_1/wmt" in name]
        archive.extractall(tmp_path, members=[archive.getmember(name) for name in names], filter="data")
    with (shared / "algoperf" / "v06_external_trials.csv").open() as file:
        trials = {row["trial"]: row for row in csv.DictReader(file)
                  if (row["submission"], row["workload"], row["study"]) == ("shampoo", "wmt", "1")}  # fmt: skip
    scored = [row for row in rows(tmp_path) if row["metric"] == "bleu" and row["score"] >= 30.8491]
    first = {trial: min((row for row in scored if row["sample"] == trial), key=lambda row: int(row["item"]), default=None)
             for trial in trials}  # fmt: skip
    assert {trial: -1 if row is None else int(row["item"]) for trial, row in first.items()} == {
        trial: int(row["hit_index"]) for trial, row in trials.items()}  # fmt: skip
    assert all(
        row is None or row["seconds"] == float(trials[trial]["time_to_target_s"]) for trial, row in first.items()
    )
    assert any(row is not None for row in first.values())


@known_answer("long_table")
def test_trials_of_an_agent_benchmark(shared: Path) -> None:
    scored = rows(shared / "measurement" / "tau_airline_gpt4o_trials.json")
    assert len({row["item"] for row in scored}) == 50
    assert len(scored) == 200
    assert np.mean([row["score"] for row in scored]) == pytest.approx(0.420)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.parquet", "a.csv.gz"])
def test_a_table_means_the_same_however_it_is_written(tmp_path: Path, name: str) -> None:
    columns = {"model": ["m", "m", "n"], "task": ["quiz"] * 3, "question_id": ["q1", "q2", "q1"],
               "correct": [True, False, True], "trial": [1, 1, 1]}  # fmt: skip
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    text = ["\t".join(columns), *("\t".join(map(str, record.values())) for record in records)]
    if name == "a.parquet":
        pytest.importorskip("polars").DataFrame(columns).write_parquet(tmp_path / name)
    elif name == "a.json":
        (tmp_path / name).write_text(json.dumps(records))
    elif name == "a.jsonl":
        (tmp_path / name).write_text("\n".join(map(json.dumps, records)))
    elif name == "a.csv.gz":
        (tmp_path / name).write_bytes(gzip.compress("\n".join(text).replace("\t", ",").encode()))
    else:
        (tmp_path / name).write_text("\n".join(text).replace("\t", "\t" if name == "a.tsv" else ","))
    table = api.read_scores(tmp_path / name).table
    got = list(zip(*(table.columns[key] for key in ("system", "benchmark", "item", "score", "sample")), strict=True))
    assert got == [("m", "quiz", "q1", 1.0, "1"), ("m", "quiz", "q2", 0.0, "1"), ("n", "quiz", "q1", 1.0, "1")]


def test_what_a_table_loses_is_counted(tmp_path: Path) -> None:
    written(tmp_path, {"a.csv": "system,item,score\nm,1,0.5\nm,2,oops\nm,3\nm,4,\nn,1,1\n"})
    scored = api.read_scores(tmp_path / "a.csv")
    assert scored.table.columns["item"] == ("1", "1")
    assert [(one.where, one.lost) for one in scored.damage] == [("line 4", 1), ("row 2", 1)]


@known_answer("wide_table")
def test_a_model_that_answered_half_of_the_questions(shared: Path) -> None:
    table = api.read_scores(shared / "measurement" / "zeroeval_gsm_correct.csv").table
    systems, n = np.unique(np.asarray(table.columns["system"]), return_counts=True)
    assert len(systems) == 42
    assert dict(zip(systems.tolist(), n.tolist(), strict=True))["gemini-1.5-flash-exp-0827"] == 1319 - 638
    assert set(n.tolist()) == {1319, 681}


STRANGERS = {
    "lm_eval_samples": ("a.jsonl", '{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n'),
    "lm_eval_results": ("a.json", '{"results": [1, 2], "name": "x"}'),
    "inspect_samples": ("a.json", '{"version": 2, "scenario": "x", "samples": []}'),
    "helm": ("a.json", '[{"instance_id": "1", "text": "x"}]'),
    "openai_evals": ("a.jsonl", '{"event_id": 0, "sample_id": "a", "type": "match", "data": {"correct": true}}\n'),
    "algoperf_trial": ("measurements.csv", "global_step,accumulated_submission_time,loss\n1,2,3\n"),
    "long_table": ("a.csv", "step,score,loss\n1,0.5,2\n2,0.6,1\n"),
    "wide_table": ("a.csv", "step,loss\n1,2.5\n2,2.25\n"),
}


@control("score format/*")
@pytest.mark.parametrize("name", SCORE_READERS.table)
def test_what_is_much_like_a_format_is_left_alone(tmp_path: Path, name: str) -> None:
    file, text = STRANGERS[name]
    (tmp_path / file).write_text(text)
    assert SCORE_READERS.load(name).sniff(tmp_path / file, text.encode()) == 0.0
    with pytest.raises(NothingToRead, match="no scores"):
        read_scores(tmp_path)


def test_settings_of_0_and_1_are_no_scores(tmp_path: Path) -> None:
    written(tmp_path, {"hparams.json": {"beta1": 0, "beta2": 1}})
    with pytest.raises(NothingToRead):
        read_scores(tmp_path)


def test_a_damaged_file_costs_itself_and_a_link_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path, {"good.csv": "item,m,n\n1,0,1\n2,1,1\n", "bad.eval": "PK\x03\x04 oops", "note.txt": "hello"})
    (tmp_path / "link.csv").symlink_to(tmp_path / "good.csv")
    read = read_scores(tmp_path)
    assert read.rows.n == 4
    assert {one.path: one.why.split(":")[0] for one in read.skipped} == {
        "bad.eval": "not a readable archive", "link.csv": "a link; links are not followed",
        "note.txt": "no scores that Forerun knows"}  # fmt: skip


def test_systems_are_called_as_one_wants_and_several_paths_of_a_name_are_seeds(tmp_path: Path) -> None:
    for name, score in (("a", 1), ("b", 0), ("c", 1)):
        written(tmp_path, {f"{name}.csv": f"item,score\n1,{score}\n2,1\n"})
    table = api.read_scores({"new": [tmp_path / "a.csv", tmp_path / "b.csv"], "old": tmp_path / "c.csv"}).table
    assert answers_of(table, "new", "items", "score").seeds == 2
    assert set(zip(table.columns["system"], table.columns["seed"], strict=True)) == {
        ("new", "0"),
        ("new", "1"),
        ("old", "0"),
    }
    written(tmp_path, {"wide.csv": "item,m,n\n1,0,1\n2,1,1\n"})
    with pytest.raises(BadInput, match=r"holds 2 systems, m, n; only one can be called new"):
        api.read_scores({"new": tmp_path / "wide.csv"})
