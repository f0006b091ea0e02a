import test from 'ava';
import torch, { nn, type Tensor } from 'sconce';

test('one kernel gives what the steps give', (t) => {
  torch.manualSeed(0);
  const layer = new nn.TransformerEncoderLayer(8, 2, 16, { batchFirst: true, activation: 'gelu' });
  const encoder = new nn.TransformerEncoder(layer, 2).eval();
  const x = torch.randn(3, 4, 8);
  const padding = torch.tensor(
    [
      [0, 0, 1, 1],
      [0, 0, 0, 0],
      [0, 1, 1, 1],
    ],
    { dtype: torch.bool },
  );
  const run = () => torch.noGrad(() => encoder(x, { srcKeyPaddingMask: padding }));
  const fused = run();
  torch.backends.mha.setFastpathEnabled(false);
  const stepwise = run();
  torch.backends.mha.setFastpathEnabled(true);
  // Places that are padding are left out, and come as zeros.
  const kept = padding.logicalNot().unsqueeze(-1);
  t.true(fused.allclose(stepwise.mul(kept), { atol: 1e-5 }));
});

test('a hook keeps a layer from running in one kernel', (t) => {
  const layer = new nn.TransformerEncoderLayer(8, 2, 16, { batchFirst: true }).eval();
  let calls = 0;
  const handle = layer.linear1.registerForwardHook(() => {
    calls++;
  });
  const x = torch.randn(3, 4, 8);
  torch.noGrad(() => layer(x));
  handle.remove();
  torch.noGrad(() => layer(x));
  t.is(calls, 1);
});

test('the layers of a stack are copies', (t) => {
  const layer = new nn.TransformerDecoderLayer(8, 2, 16);
  const decoder = new nn.TransformerDecoder(layer, 2);
  const [first, second] = decoder.layers as Iterable<nn.TransformerDecoderLayer>;
  t.true(first?.linear1.weight.equal(second?.linear1.weight as Tensor));
  t.not(first?.linear1.weight, second?.linear1.weight);
  t.is([...decoder.parameters()].length, 2 * [...layer.parameters()].length);
});

test('a causal mask is found, and said to be one', (t) => {
  torch.manualSeed(0);
  const model = new nn.Transformer({
    dModel: 8,
    nhead: 2,
    numEncoderLayers: 1,
    numDecoderLayers: 1,
    dimFeedforward: 16,
    dropout: 0,
  });
  const [src, tgt] = [torch.randn(5, 1, 8), torch.randn(4, 1, 8)];
  const tgtMask = nn.Transformer.generateSquareSubsequentMask(4);
  const whole = model(src, tgt, { tgtMask });
  // What comes later does not change what came before.
  const head = model(src, tgt.narrow(0, 0, 2), {
    tgtMask: tgtMask.narrow(0, 0, 2).narrow(1, 0, 2),
    tgtIsCausal: true,
  });
  t.true(whole.narrow(0, 0, 2).allclose(head, { atol: 1e-5 }));
});

test('wrong arguments of attention throw', (t) => {
  t.throws(() => new nn.MultiheadAttention(8, 3), { message: /divisible by numHeads/ });
  t.throws(() => new nn.MultiheadAttention(0, 1), { message: /must be greater than 0/ });
  const attention = new nn.MultiheadAttention(8, 2);
  const x = torch.randn(4, 1, 8);
  t.throws(() => attention(x, x, x, { attnMask: torch.ones(3, 3) }), {
    message: /2D attnMask is \[3,3\], but should be \[4,4\]/,
  });
  t.throws(() => attention(x, x, x, { keyPaddingMask: torch.ones(4, 4, { dtype: torch.int64 }) }), {
    message: /only bool and floating types/,
  });
  t.throws(() => attention(x, x, x, { isCausal: true }), { message: /Need attnMask/ });
  t.throws(() => attention(x, x.squeeze(1), x), { message: /to be 3-D but found 2-D/ });
  const misspelt = { needWeight: false } as object;
  t.throws(() => attention(x, x, x, misspelt), { message: /did you mean `needWeights`/ });
  const model = new nn.Transformer({
    dModel: 8,
    nhead: 2,
    numEncoderLayers: 1,
    numDecoderLayers: 1,
  });
  t.throws(() => model(torch.randn(4, 1, 8), torch.randn(4, 2, 8)), { message: /batch number/ });
  t.throws(() => model(torch.randn(4, 1, 7), torch.randn(4, 1, 8)), { message: /dModel \(8\)/ });
  t.throws(() => new nn.TransformerEncoderLayer(8, 2, { activation: 'tanh' as 'relu' }), {
    message: /activation should be/,
  });
});
