"""The stand-in while it is pretrained: few rows of vocabulary, grey patches, attention over all windows at once."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from swift_recipes.seeing.rows import IGNORED, PATCH, REST, Batch
from swift_recipes.stand_in import VOCAB, build_model


class GreyPatches(nn.Module):
    """A patch of 14 x 14 grey pixels to a vector: a sixth of the work of two equal frames of three equal channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, PATCH * PATCH) / PATCH)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        return patches @ self.weight.T

    def as_convolution(self) -> torch.Tensor:
        """Weights (width x 3 x 2 x 14 x 14) that do the same to a colour picture whose channels are averaged."""
        width = self.weight.shape[0]
        return self.weight.view(width, 1, 1, PATCH, PATCH).expand(width, 3, 2, PATCH, PATCH).contiguous() / 6


def pretrainable(rows: int, seed: int) -> Any:
    """The stand-in with `rows` rows of vocabulary (row 0 stands for all tokens not in use) and grey patches."""
    model: Any = build_model(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        width = model.config.text_config.hidden_size
        table = nn.Embedding(rows, width)
        nn.init.normal_(table.weight, std=0.2)
        model.model.language_model.embed_tokens = table
        model.lm_head = nn.Identity()  # the table is the head as well; see `replies`
        model.model.visual.patch_embed = GreyPatches(model.config.vision_config.hidden_size)
    attend_at_once(model.model.visual)
    return model.train()


def attend_at_once(visual: Any) -> None:
    """Attention over all windows and pictures in one call: transformers loops over them, ten times slower on a CPU."""
    memo: dict[int, tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = {}
    visual.register_forward_pre_hook(lambda *_: memo.clear())
    for block in visual.blocks:
        block.attn.forward = types.MethodType(lambda attn, *a, **k: _attend(attn, memo, *a, **k), block.attn)


def _attend(
    attn: Any,
    memo: dict[int, tuple[torch.Tensor, torch.Tensor, torch.Tensor]],
    hidden_states: torch.Tensor,
    cu_seqlens: torch.Tensor,
    position_embeddings: tuple[torch.Tensor, torch.Tensor],
    **_: object,
) -> torch.Tensor:
    """What `Qwen2_5_VLVisionAttention.forward` returns, the sequences padded to the longest of them."""
    from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import apply_rotary_pos_emb_vision

    count = hidden_states.shape[0]
    q, k, v = attn.qkv(hidden_states).reshape(count, 3, attn.num_heads, -1).permute(1, 0, 2, 3).unbind(0)
    q, k = apply_rotary_pos_emb_vision(q, k, *position_embeddings)
    if id(cu_seqlens) not in memo:
        lengths = cu_seqlens[1:] - cu_seqlens[:-1]
        ahead = torch.arange(int(lengths.max()), device=cu_seqlens.device)
        there = ahead[None] < lengths[:, None]
        memo[id(cu_seqlens)] = (torch.where(there, cu_seqlens[:-1, None] + ahead, 0), there, cu_seqlens)
    index, there, _kept = memo[id(cu_seqlens)]
    q, k, v = (x[index].transpose(1, 2) for x in (q, k, v))
    mask = None if bool(there.all()) else there[:, None, None, :]
    out = scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=attn.scaling).transpose(1, 2)
    return attn.proj(out[there].reshape(count, -1))


def see(model: Any, batch: Batch) -> torch.Tensor:
    """A vector for each cell of all pictures, in order."""
    return model.model.visual(batch.patches, grid_thw=batch.grids).pooler_output


@dataclass
class Replies:
    """What the language model makes of a batch."""

    logits: torch.Tensor  # over the compact vocabulary, where a token is to be learnt
    wanted: torch.Tensor  # those tokens
    weights: torch.Tensor  # how much each counts
    between: torch.Tensor  # B x L x width, below the last third of the layers


def replies(model: Any, batch: Batch, seen: torch.Tensor) -> Replies:
    """Runs the language model on the questions and the replies up to each token."""
    language = model.model.language_model
    embedded = language.embed_tokens(batch.tokens)
    embedded = embedded.masked_scatter(batch.is_picture[..., None], seen)
    out = language(
        inputs_embeds=embedded,
        position_ids=batch.positions,
        attention_mask={"full_attention": batch.mask},
        use_cache=False,
        output_hidden_states=True,
    )
    hidden = out.last_hidden_state
    wanted = batch.labels[:, 1:]
    learnt = wanted != IGNORED
    between = out.hidden_states[len(language.layers) * 2 // 3]
    return Replies(
        hidden[:, :-1][learnt] @ language.embed_tokens.weight.T, wanted[learnt], batch.weights[:, 1:][learnt], between
    )


def language_loss(said: Replies) -> torch.Tensor:
    """Weighted mean of cross-entropy as the whole vocabulary gives it: the rest's row counts once for each token it
    stands for."""
    rows = said.logits.shape[1]
    counted = torch.zeros(rows)
    counted[REST] = torch.log(torch.tensor(float(VOCAB - rows + 1)))
    each = cross_entropy(said.logits + counted, said.wanted, reduction="none")
    return (each * said.weights).sum() / said.weights.sum()
