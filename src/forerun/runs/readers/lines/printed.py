"""A printed line as the grammar of lines takes it: what a terminal shows of it, in English, without ornaments.

Words of other languages become the field's, as a direction can only be told of words that are known.
"""

from __future__ import annotations

import re

_BACK = re.compile(r"(\x08+)")
_WORDS = (
    ("训练集 訓練集 训练 訓練 学習", "train"),
    ("验证集 驗證集 验证 驗證 検証 검증 валидация валидации", "valid"),
    ("测试集 測試集 测试 測試 テスト 테스트 тест", "test"),
    ("准确率 准确度 準確率 正确率 精确度 精度 正解率 정확도 точность acurácia précision precisión", "accuracy"),
    ("损失函数 损失值 损失 損失 손실 потери потеря ошибка perte pérdida perda", "loss"),
    ("误差 誤差", "error"),
    ("召回率", "recall"),
    ("奖励 獎勵 回报 보상 报酬 報酬 награда", "reward"),
    ("得分 分数", "score"),
    ("困惑度", "perplexity"),
    ("学习率 學習率", "lr"),
    ("平均 средняя среднее", "average"),
    ("总 總", "total"),
    ("最佳 最好 最高 最优", "best"),
    ("轮次 轮数 周期 에폭 에포크 エポック эпоха époque época épocas", "epoch"),
    ("迭代次数 迭代 步数 步骤 步 ステップ 스텝 итерация шаг itération iteración", "step"),
    ("回合 幕 エピソード 에피소드 эпизод", "episode"),
)
_ENGLISH = {word: english for words, english in _WORDS for word in words.split()}
_FOREIGN = re.compile("|".join(sorted(_ENGLISH, key=len, reverse=True)), re.IGNORECASE)
_COUNTED = re.compile(
    r"第 ?(\d{1,15}) ?(?:个|個)?(?:(轮|輪|epoch|周期)|(步|次迭代|次|iter|step)|(回合|幕|局))", re.IGNORECASE
)
_WIDE = str.maketrans("：，；（）％｜＝【】、。／−", ":,;()%|=[],./-") | {ord("∞"): "inf"}
_HARD = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")  # parts thousands, and never two numbers
_ORNAMENT = re.compile(r"[\u2300-\u24ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]+")
_MOST_BACK = 1 << 16  # characters of a line that are shown one over another

_COCO = re.compile(
    r"Average (P|R)\w+ +\(A[PR]\) @\[ IoU=(0\.\d\d)(:0\.\d\d)? *\| area= *(\w+) *\| maxDets= *(\d+) *\] = +(-?[\d.]+)"
)
_CLOCKED = re.compile(r"^\d+m \d+s \(- \d+m \d+s\) \((\d+) \d+%\) (?=\d)")


def overwritten(line: str) -> str:
    """The line as a terminal shows it, where backspaces led back and what follows them was written over it.

    Example:
        >>> overwritten("10/20 loss: 2\\x08\\x08\\x08\\x08\\x08\\x08\\x08\\x08\\x08\\x08\\x08\\x08\\x0820/20 loss: 1")
        '20/20 loss: 1'
    """
    if len(line) > _MOST_BACK:
        line = line[-_MOST_BACK:]
    shown: list[str] = []
    at = 0
    for part in _BACK.split(line):
        if part[:1] == "\x08":
            at = max(0, at - len(part))
        else:
            shown[at : at + len(part)] = part
            at += len(part)
    return "".join(shown)


def in_english(line: str) -> str:
    """A line that is not of ASCII alone with its words in English, its signs in ASCII, and without pictures.

    Example:
        >>> in_english("第3轮，训练损失：0.5 ✅")
        ' epoch 3 , train  loss :0.5 ,'
    """
    line = _HARD.sub("", _ORNAMENT.sub(",", line.translate(_WIDE)))
    line = _COUNTED.sub(lambda m: f" {'epoch' if m[2] else 'step' if m[3] else 'episode'} {m[1]} ", line)
    return _FOREIGN.sub(lambda m: f" {_ENGLISH[m[0].lower()]} ", line)


def named(line: str) -> str:
    """A line of a tool that many print, whose number has its name in the wrong place, with a name before it.

    Example:
        >>> named(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.371")
        'test AP = 0.371'
        >>> named("1m 5s (- 10m 59s) (5000 6%) 2.8500")
        'step 5000 loss 2.8500'
    """
    if "@[" in line:
        coco = _COCO.search(line)
        return f"test {_coco(*coco.groups()[:5])} = {coco[6]}" if coco else line
    return _CLOCKED.sub(r"step \1 loss ", line)


def _coco(kind: str, low: str, high: str | None, area: str, most: str) -> str:
    """What pycocotools' readers call it: AP, AP50, APs, AR@100."""
    at = "" if high else low[2:]
    size = "" if area == "all" else area[0]
    return f"A{kind}{at}{size}" + (f"@{most}" if kind == "R" else "")
