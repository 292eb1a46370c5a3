"""Secrets are masked by their names and by their shapes; what only looks like one to a careless rule stays."""

from __future__ import annotations

import pytest

from forerun.core import Run, Runs, Skipped
from forerun.core.frozen import FrozenMap
from forerun.core.secrets import masked, masked_setting

KEY = "Zm9vYmFy4711Zm9vYmFyQUJDREVGR0hJSktMTU5P"


@pytest.mark.parametrize(
    "text",
    [
        "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ12345678", "hf_" + "abcdefghijklmnopqrstuvwxyzabcdefgh", f"sk-{KEY}",
        f"sk-proj-{KEY}",
        f"sk-ant-api03-{KEY}", f"ghp_{KEY[:36]}", f"github_pat_{KEY}", "AKIAIOSFODNN7EXAMPLE", f"glpat-{KEY[:20]}",
        f"xoxb-{KEY}", "AIza" + KEY[:35], f"eyJ{KEY}.{KEY}.{KEY}", f"https://hooks.slack.com/services/T0/B0/{KEY}",
        f"https://me:{KEY}@host/x", f"postgresql://u:p@ss{KEY}@db:5432/x", f"https://{KEY}@sentry.io/1",
        f"Authorization: Bearer {KEY}", f"Authorization: Basic {KEY}", f"curl -H 'authorization: token {KEY}'",
        f"WANDB_API_KEY={KEY} python train.py", f"train.py --api-key {KEY} --lr 0.1", f"train.py --wandb_api_key={KEY}",
        f"--hub-token {KEY}", f'{{"api_key": "{KEY}"}}', f"'secret': '{KEY}'", f"password: {KEY}", f"passwd={KEY}",
        f"AWS_SECRET_ACCESS_KEY={KEY}", f"s3://b/k?X-Amz-Signature={KEY}&X=1", f"AccountKey={KEY};", f"token={KEY}",
    ],
)  # fmt: skip
def test_a_secret_is_masked_wherever_it_stands(text: str) -> None:
    for told in (masked(text), masked(f"before {text} after")):
        assert KEY[12:20] not in told
        assert "***" in told
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "hf_llama2_7b_finetune_v3", "sk-learn-baseline-2024", "hf_trainer", "tokens: 123456789", "token: 3.25",
        "max_tokens=512", "eos_token=</s>", "pad_token: <|endoftext|>", "key_dim=64", "val/token_accuracy is nan",
        "loss/password_loss: 3", "s3://bucket/runs/a@b", "file:///home/me/x@y", "no metric 'key'; there are: key/loss",
        "risk-averse-2024-agent-1", "0f8c1d2e3a4b5c6d7e8f90123456789abcdef012", "basic experiment", "bearer of news",
        "secret: None", "asia_model_1",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


def test_settings_are_masked_by_the_names_they_stand_under() -> None:
    settings = {
        "lr": 0.1, "apiKey": "a1", "OPENAI_API_KEY": "b", "db": {"password": 12345, "host": "h"}, "secret": None,
        "keys": ["k"], "hub_token": "q", "token": "abcd1234", "eos_token": "</s>", "n_tokens": 5,
        "use_auth_token": True,
        "optimizer": "https://u:pw@h", "nested": [{"client_secret": "x"}],
    }  # fmt: skip
    assert masked_setting(settings) == {
        "lr": 0.1, "apiKey": "***", "OPENAI_API_KEY": "***", "db": {"password": "***", "host": "h"}, "secret": None,
        "keys": ["k"], "hub_token": "***", "token": "***", "eos_token": "</s>", "n_tokens": 5,
        "use_auth_token": True,
        "optimizer": "https://***@h", "nested": [{"client_secret": "***"}],
    }  # fmt: skip


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize(
    "part", ["-a", "sk-", "sk-a-", "://", "api_key", "token=", "bearer ", "eyJ", "a@", "-----BEGIN "]
)
def test_a_hostile_text_costs_no_more_than_its_length(part: str) -> None:
    assert len(masked(part * 3000)) <= 3000 * len(part) + 3


def test_what_shows_itself_at_a_prompt_shows_no_secret() -> None:
    run = Run(f"sk-{KEY}", {}, "csv", config={"api_key": KEY, "args": f"--password {KEY} --lr 0.1", "lr": 0.1})
    runs = Runs((run,), (Skipped("a", f"api_key={KEY}"),))
    for face in (repr(run), repr(runs), repr(run.config), run._repr_html_(), runs._repr_html_()):
        assert KEY not in face
    assert repr(FrozenMap({"lr": 0.1})) == "FrozenMap({'lr': 0.1})"
    assert run.config["api_key"] == KEY  # what is asked for by name is told
