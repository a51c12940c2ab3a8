"""In place of the module that runs the model: the same sound gives the same sentence, at once and on any machine."""

import hashlib

from analyzer.asr.segments import spread_words
from analyzer.models.transcript import Segment
from tests.fakes import FakeRecogniser

_SENTENCES = (
    "Selamat pagi, PLN 123, dengan Dewi, ada yang bisa dibantu?",
    "Apakah Bapak sebagai pemilik atau penyewa?",
    "Iya, pemilik.",
    "Untuk alamat emailnya mohon disampaikan.",
    "Listrik mati di rumah saya.",
    "Terima kasih, selamat pagi.",
)


class WhisperRecogniser(FakeRecogniser):
    """Made as the real one is, without loading a model."""

    def __init__(self, model, settings, engine, **_):
        super().__init__(texts=[], engine=engine, window_seconds=settings.window_seconds or model.window_seconds)
        self._model = model

    def with_settings(self, settings, engine):
        return WhisperRecogniser(self._model, settings, engine)

    def _segment(self, clip):
        window = clip.window
        text = _SENTENCES[hashlib.sha256(clip.samples().tobytes()).digest()[0] % len(_SENTENCES)]
        words = spread_words(text, window)
        return Segment(start=window.start, end=window.end, text=text, words=words, avg_logprob=self.logprob)
