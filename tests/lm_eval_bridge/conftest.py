"""lm-eval without the network: `datasets` keeps its cache in the test's folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # Read when first imported, and by child processes; another test may have imported them already.
        patch.setenv("HF_HUB_OFFLINE", "1")
        import datasets
        import huggingface_hub.constants
        import lm_eval.models  # noqa: F401 - lm-eval leaves its own models out where others were registered first

        patch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path_factory.mktemp("datasets")))
        yield
