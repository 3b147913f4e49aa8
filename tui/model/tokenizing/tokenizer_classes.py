"""The classes of transformers that a tokenizer may be, and how each makes it of its files.

Some classes take a `tokenizer.json` as it is. Others take the vocabulary from it and build all
else anew, from settings: what they build must be what stands in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tui.model.tokenizing.tokenizer_files import TokenizerFiles, check_settings, is_flag
from tui.model.tokenizing.unusual import UnusualError, expect

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# What transformers takes where no file names a class.
_BY_TYPE = {
    "bert": "BertTokenizer",
    "distilbert": "BertTokenizer",
    "electra": "BertTokenizer",
    "roberta": "RobertaTokenizer",
    "camembert": "CamembertTokenizer",
    "xlm-roberta": "XLMRobertaTokenizer",
}

_BERT = {"unk": "[UNK]", "sep": "[SEP]", "pad": "[PAD]", "cls": "[CLS]", "mask": "[MASK]"}
_ROBERTA = {
    "bos": "<s>", "eos": "</s>", "sep": "</s>", "cls": "<s>", "unk": "<unk>", "pad": "<pad>",
    "mask": "<mask>",
}  # fmt: skip


def check_class(model_type: str, files: TokenizerFiles, tokenizer: Tokenizer) -> dict[str, str]:
    """See that the class that transformers takes would make this tokenizer.

    Args:
        model_type: the type that the model's configuration names.
        files: the tokenizer's files.
        tokenizer: what the tokenizers library makes of `tokenizer.json`.

    Returns:
        The special tokens, by their names, such as `mask`.

    Raises:
        UnusualError: it would make another, or the class is none that is known here.
    """
    expect(model_type in _BY_TYPE, f"{model_type} is none of the types known here")
    name = _BY_TYPE[model_type] if files.declared is None else files.declared
    check = _CLASSES.get(name)
    if check is None:
        raise UnusualError(f"{name} is none of the classes known here")
    expect(check is _xlm_roberta or not files.has_model, f"{name} has a file of SentencePiece's")
    return check(files, tokenizer)


def _as_it_is(files: TokenizerFiles, tokenizer: Tokenizer) -> dict[str, str]:
    check_settings(
        files.settings,
        {
            "do_lower_case": is_flag,
            "strip_accents": _is_flag_or_none,
            "tokenize_chinese_chars": is_flag,
            **_OF_THE_PAST,
        },
    )
    processor = _state(tokenizer.post_processor)
    expect(processor is not None, "nothing is put around a text")
    if processor["type"] == "TemplateProcessing":
        # The library takes a template with a token that it does not know, and then dies of it.
        named = {
            part["SpecialToken"]["id"]
            for template in (processor["single"], processor["pair"])
            for part in template
            if "SpecialToken" in part
        }
        expect(named <= processor["special_tokens"].keys(), "it puts an unknown token around")
    model: Any = tokenizer.model
    match type(model).__name__:
        case "WordPiece":
            pass
        case "BPE":
            expect(model.dropout is None, "it drops merges at random")
        case "Unigram":
            expect(model.alpha is None and model.nbest_size is None, "it samples")
        case kind:
            raise UnusualError(f"it is a {kind}")
    return dict(files.special)


def _bert(files: TokenizerFiles, tokenizer: Tokenizer) -> dict[str, str]:
    from tokenizers import processors

    settings = files.settings
    check_settings(
        settings,
        {
            "do_lower_case": is_flag,
            "strip_accents": _is_flag_or_none,
            "tokenize_chinese_chars": is_flag,
            **_OF_THE_PAST,
        },
    )
    special = {**_BERT, **files.special}
    model: Any = tokenizer.model
    expect(type(model).__name__ == "WordPiece", "it is no WordPiece")
    expect(
        (model.unk_token, model.continuing_subword_prefix, model.max_input_chars_per_word)
        == (special["unk"], "##", 100),
        "its word pieces are cut in another way",
    )
    cls, sep = special["cls"], special["sep"]
    _expect_parts(
        tokenizer,
        normalizer={
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": settings.get("tokenize_chinese_chars", True),
            "strip_accents": settings.get("strip_accents"),
            "lowercase": settings.get("do_lower_case", True),
        },
        pre_tokenizer={"type": "BertPreTokenizer"},
        post_processor=_state(
            processors.TemplateProcessing(
                single=f"{cls}:0 $A:0 {sep}:0",
                pair=f"{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1",
                special_tokens=[(cls, _number(tokenizer, cls)), (sep, _number(tokenizer, sep))],
            )
        ),
        decoder="WordPiece",
    )
    return special


def _roberta(files: TokenizerFiles, tokenizer: Tokenizer) -> dict[str, str]:
    settings = files.settings
    check_settings(
        settings,
        {
            "add_prefix_space": is_flag,
            "trim_offsets": is_flag,
            "errors": lambda value: isinstance(value, str),
        },
    )
    special = {**_ROBERTA, **files.special}
    model: Any = tokenizer.model
    expect(type(model).__name__ == "BPE", "it is no BPE")
    expect(not (model.continuing_subword_prefix or model.end_of_word_suffix), "pieces have marks")
    rest = (model.dropout, model.unk_token, model.fuse_unk, model.byte_fallback)
    expect(rest == (None, None, False, False) and not model.ignore_merges, "it merges otherwise")
    prefix = settings.get("add_prefix_space", False)
    _expect_parts(
        tokenizer,
        normalizer=None,
        pre_tokenizer={
            "type": "ByteLevel",
            "add_prefix_space": prefix,
            "trim_offsets": True,
            "use_regex": True,
        },
        post_processor={
            "type": "RobertaProcessing",
            "sep": [special["sep"], _number(tokenizer, special["sep"])],
            "cls": [special["cls"], _number(tokenizer, special["cls"])],
            "trim_offsets": settings.get("trim_offsets", True),
            "add_prefix_space": prefix,
        },
        decoder="ByteLevel",
    )
    return special


def _xlm_roberta(files: TokenizerFiles, tokenizer: Tokenizer) -> dict[str, str]:
    from tokenizers import processors

    settings = files.settings
    check_settings(settings, {"add_prefix_space": is_flag})
    special = {**_ROBERTA, **files.special}
    model: Any = tokenizer.model
    expect(type(model).__name__ == "Unigram", "it is no Unigram")
    expect((model.alpha, model.nbest_size) == (None, None), "it samples")
    # The library does not give these away, and to read the whole model takes long.
    begins, ends = _UNKNOWN.match(files.text, files.model), _NO_BYTES.search(files.text[-99:])
    expect(begins is not None and ends is not None, "what is unknown is cut in another way")
    normalizer = _state(tokenizer.normalizer)
    expect(normalizer is None or normalizer["type"] == "Precompiled", "texts are normalized anew")
    begin, end = special["bos"], special["eos"]
    scheme = "always" if settings.get("add_prefix_space", True) else "never"
    _expect_parts(
        tokenizer,
        normalizer=normalizer,
        pre_tokenizer={
            "type": "Sequence",
            "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": True},
            ],
        },
        post_processor=_state(
            processors.TemplateProcessing(
                single=[begin, "$A", end],
                pair=[begin, "$A", end, end, "$B", end],
                special_tokens=[
                    (begin, _number(tokenizer, begin)), (end, _number(tokenizer, end)),
                ],
            )
        ),
        decoder="Metaspace",
    )  # fmt: skip
    return special


_UNKNOWN = re.compile(r'\{\s*"type"\s*:\s*"Unigram"\s*,\s*"unk_id"\s*:\s*3\s*,\s*"vocab"\s*:')
_NO_BYTES = re.compile(r'\]\s*\]\s*(,\s*"byte_fallback"\s*:\s*false\s*)?\}\s*\}\s*$')


def _expect_parts(
    tokenizer: Tokenizer,
    *,
    normalizer: Mapping[str, Any] | None,
    pre_tokenizer: Mapping[str, Any],
    post_processor: Mapping[str, Any],
    decoder: str,
) -> None:
    """See that a tokenizer has the parts that its class builds.

    Of the decoder its kind will do: texts are never put together with it.

    Raises:
        UnusualError: it has not.
    """
    expect(_state(tokenizer.normalizer) == normalizer, "texts are normalized in another way")
    expect(_state(tokenizer.pre_tokenizer) == pre_tokenizer, "texts are cut in another way")
    expect(_state(tokenizer.post_processor) == post_processor, "other tokens are put around")
    expect((_state(tokenizer.decoder) or {}).get("type") == decoder, "pieces have other marks")
    # A token beyond the vocabulary gets its number when it is added.
    expect(
        tokenizer.get_vocab_size(with_added_tokens=True)
        == tokenizer.get_vocab_size(with_added_tokens=False),
        "tokens were added to the vocabulary",
    )


def _state(part: Any) -> Any:
    """A part of a tokenizer as it is written down; None if there is none."""
    return None if part is None else json.loads(part.__getstate__())


def _number(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        raise UnusualError(f"{token} has no number")
    return number


def _is_flag_or_none(value: object) -> bool:
    return value is None or isinstance(value, bool)


_OF_THE_PAST: Mapping[str, Callable[[Any], bool]] = {
    # Of tokenizers that are no longer: read, kept, and of no effect.
    "do_basic_tokenize": is_flag,
    "never_split": lambda value: value is None,
}

_CLASSES: Mapping[str, Callable[[TokenizerFiles, Tokenizer], dict[str, str]]] = {
    **{
        f"{family}Tokenizer{fast}": check
        for family, check in (
            ("Bert", _bert), ("DistilBert", _bert), ("Electra", _bert), ("Roberta", _roberta),
            ("XLMRoberta", _xlm_roberta),
        )
        for fast in ("", "Fast")
    },
    "PreTrainedTokenizerFast": _as_it_is,
    "TokenizersBackend": _as_it_is,
}  # fmt: skip
