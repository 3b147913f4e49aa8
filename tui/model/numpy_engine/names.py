"""The families of the plain encoder: their names for weights, and how they number positions.

It is all that they differ in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_LINEAR = ("weight", "bias")


@dataclass(frozen=True, slots=True)
class Family:
    """One family's names; those of a layer have its number in the place of `{}`.

    Attributes:
        words: the table of word embeddings, which is the decoder's weight too.
        positions: the table of position embeddings.
        segments: the table of segment embeddings; None if there is none.
        norm: the embeddings' LayerNorm.
        query: the linear layers of attention, from here on a layer's.
        key: likewise.
        value: likewise.
        output: the output projection.
        output_norm: the LayerNorm behind it.
        up: the feed-forward's first linear layer.
        down: its second.
        down_norm: the LayerNorm behind it.
        head: the linear layer of the masked-LM head.
        head_norm: the LayerNorm behind it.
        decoder: the decoder; its weight is mostly not in the file, being the word embeddings.
        bias: the decoder's bias; in some families a second name for what `decoder` has.
        base: what the names of the encoder's weights begin with.
        counts_from_padding: positions are counted from the padding's id up, and over tokens that
            are no padding.
    """

    words: str
    positions: str
    segments: str | None
    norm: str
    query: str
    key: str
    value: str
    output: str
    output_norm: str
    up: str
    down: str
    down_norm: str
    head: str
    head_norm: str
    decoder: str
    bias: str
    base: str
    counts_from_padding: bool = False

    @property
    def bias_names(self) -> tuple[str, ...]:
        """Under which names the decoder's bias may be in the file."""
        return tuple(dict.fromkeys((self.bias, f"{self.decoder}.bias")))

    def joined(self, layer: int) -> Iterator[tuple[str, str, str]]:
        """The names of a layer's query, key and value: of the weights, and of the biases."""
        for kind in _LINEAR:
            query, key, value = (
                f"{name.format(layer)}.{kind}" for name in (self.query, self.key, self.value)
            )
            yield query, key, value

    def is_surplus(self, name: str) -> bool:
        """Whether a weight is of no use for the encoder and the masked-LM head, and known as such.

        It is the pooler and the head for the next sentence, both of the pretraining, and numbers
        that older versions kept with the weights.
        """
        return name in (f"{self.base}.embeddings.position_ids",) or name.startswith(
            (f"{self.base}.pooler.dense.", "cls.seq_relationship.")
        )


def _like_bert(base: str, **others: str | bool) -> Family:
    """The names below the encoder, which BERT and RoBERTa share."""
    layer = f"{base}.encoder.layer.{{}}"
    return Family(
        words=f"{base}.embeddings.word_embeddings.weight",
        positions=f"{base}.embeddings.position_embeddings.weight",
        segments=f"{base}.embeddings.token_type_embeddings.weight",
        norm=f"{base}.embeddings.LayerNorm",
        query=f"{layer}.attention.self.query",
        key=f"{layer}.attention.self.key",
        value=f"{layer}.attention.self.value",
        output=f"{layer}.attention.output.dense",
        output_norm=f"{layer}.attention.output.LayerNorm",
        up=f"{layer}.intermediate.dense",
        down=f"{layer}.output.dense",
        down_norm=f"{layer}.output.LayerNorm",
        base=base,
        **others,  # type: ignore[arg-type]
    )


_BERT = _like_bert(
    "bert",
    head="cls.predictions.transform.dense",
    head_norm="cls.predictions.transform.LayerNorm",
    decoder="cls.predictions.decoder",
    bias="cls.predictions.bias",
)
_ROBERTA = _like_bert(
    "roberta",
    head="lm_head.dense",
    head_norm="lm_head.layer_norm",
    decoder="lm_head.decoder",
    bias="lm_head.bias",
    counts_from_padding=True,
)
_DISTILBERT = Family(
    words="distilbert.embeddings.word_embeddings.weight",
    positions="distilbert.embeddings.position_embeddings.weight",
    segments=None,
    norm="distilbert.embeddings.LayerNorm",
    query="distilbert.transformer.layer.{}.attention.q_lin",
    key="distilbert.transformer.layer.{}.attention.k_lin",
    value="distilbert.transformer.layer.{}.attention.v_lin",
    output="distilbert.transformer.layer.{}.attention.out_lin",
    output_norm="distilbert.transformer.layer.{}.sa_layer_norm",
    up="distilbert.transformer.layer.{}.ffn.lin1",
    down="distilbert.transformer.layer.{}.ffn.lin2",
    down_norm="distilbert.transformer.layer.{}.output_layer_norm",
    head="vocab_transform",
    head_norm="vocab_layer_norm",
    decoder="vocab_projector",
    bias="vocab_projector.bias",
    base="distilbert",
)

FAMILIES = {
    "bert": _BERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "distilbert": _DISTILBERT,
}
"""By the model type of the configuration."""


def modern(name: str) -> str:
    """A weight's name as it is written today: TensorFlow's names of a LayerNorm are still about."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace(
        "LayerNorm.beta", "LayerNorm.bias"
    )
