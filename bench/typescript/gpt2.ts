import torch, { nn, type Tensor } from 'sconce';

const { functional } = nn;

class Attention extends nn.Module {
  c_attn: nn.Linear;
  c_proj: nn.Linear;

  constructor(
    readonly heads: number,
    width: number,
  ) {
    super();
    this.c_attn = new nn.Linear(width, 3 * width);
    this.c_proj = new nn.Linear(width, width);
  }

  override forward(x: Tensor): Tensor {
    const [batch, length, width] = x.shape as [number, number, number];
    const [q, k, v] = this.c_attn(x)
      .split(width, 2)
      .map((part) => part.view(batch, length, this.heads, width / this.heads).transpose(1, 2)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const y = functional.scaledDotProductAttention(q, k, v, { isCausal: true });
    return this.c_proj(y.transpose(1, 2).contiguous().view(batch, length, width));
  }
}

class MLP extends nn.Module {
  c_fc: nn.Linear;
  gelu = new nn.GELU({ approximate: 'tanh' });
  c_proj: nn.Linear;

  constructor(width: number) {
    super();
    this.c_fc = new nn.Linear(width, 4 * width);
    this.c_proj = new nn.Linear(4 * width, width);
  }

  override forward(x: Tensor): Tensor {
    return this.c_proj(this.gelu(this.c_fc(x)));
  }
}

class Block extends nn.Module {
  ln_1: nn.LayerNorm;
  attn: Attention;
  ln_2: nn.LayerNorm;
  mlp: MLP;

  constructor(heads: number, width: number) {
    super();
    this.ln_1 = new nn.LayerNorm(width);
    this.attn = new Attention(heads, width);
    this.ln_2 = new nn.LayerNorm(width);
    this.mlp = new MLP(width);
  }

  override forward(x: Tensor): Tensor {
    const attended = x.add(this.attn(this.ln_1(x)));
    return attended.add(this.mlp(this.ln_2(attended)));
  }
}

/** A transformer of GPT-2's form; `bench/python/gpt2.py` is the same. */
export class GPT2 extends nn.Module {
  wte: nn.Embedding;
  wpe: nn.Embedding;
  h: nn.ModuleList<Block>;
  ln_f: nn.LayerNorm;
  lm_head: nn.Linear;

  constructor(vocabulary: number, length: number, layers: number, heads: number, width: number) {
    super();
    this.wte = new nn.Embedding(vocabulary, width);
    this.wpe = new nn.Embedding(length, width);
    this.h = new nn.ModuleList(Array.from({ length: layers }, () => new Block(heads, width)));
    this.ln_f = new nn.LayerNorm(width);
    this.lm_head = new nn.Linear(width, vocabulary, { bias: false });
    this.lm_head.weight = this.wte.weight;
  }

  override forward(tokens: Tensor, targets: Tensor): Tensor {
    const places = torch.arange(tokens.size(1), { device: tokens.device });
    let x = this.wte(tokens).add(this.wpe(places));
    for (const block of this.h) x = block(x);
    const logits = this.lm_head(this.ln_f(x));
    return functional.crossEntropy(logits.view(-1, logits.size(-1)), targets.view(-1));
  }
}
