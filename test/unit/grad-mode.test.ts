import test from 'ava';
import torch, { ModeGuard, type Tensor, TorchError } from 'sconce';

function leaf(): Tensor {
  return torch.ones(2, { requiresGrad: true });
}

test.afterEach((t) => {
  t.true(torch.isGradEnabled(), 'a test leaves recording on');
  t.false(torch.isInferenceModeEnabled(), 'a test leaves inference mode off');
});

test('modes as callbacks return the result', (t) => {
  const x = leaf();
  t.true(x.mul(2).requiresGrad);
  t.false(torch.noGrad(() => x.mul(2)).requiresGrad);
  t.is(
    torch.noGrad(() => 3),
    3,
  );
  t.is(
    torch.noGrad(() => undefined),
    undefined,
  );
  t.false(torch.setGradEnabled(false, () => x.mul(2)).requiresGrad);
  t.true(torch.noGrad(() => torch.setGradEnabled(true, () => x.mul(2))).requiresGrad);
  t.false(torch.inferenceMode(() => x.mul(2)).requiresGrad);
});

test('modes nest', (t) => {
  const seen: boolean[] = [];
  const look = () => seen.push(torch.isGradEnabled());
  torch.noGrad(() => {
    look();
    torch.enableGrad(() => {
      look();
      torch.noGrad(look);
      look();
    });
    torch.noGrad(look);
    look();
  });
  look();
  t.deepEqual(seen, [false, true, false, true, false, false, true]);
});

test('modes as guards hold to the end of the block', (t) => {
  {
    using guard = torch.noGrad();
    t.true(guard instanceof ModeGuard);
    t.false(torch.isGradEnabled());
    {
      using _ = torch.enableGrad();
      t.true(torch.isGradEnabled());
    }
    t.false(torch.isGradEnabled());
    {
      using _ = torch.setGradEnabled(true);
      t.true(torch.isGradEnabled());
    }
    t.false(torch.isGradEnabled());
  }
  t.true(torch.isGradEnabled());
  {
    using _ = torch.inferenceMode();
    t.true(torch.isInferenceModeEnabled());
    t.false(torch.isGradEnabled());
    {
      using _ = torch.inferenceMode();
      t.true(torch.isInferenceModeEnabled());
    }
    t.true(torch.isInferenceModeEnabled());
  }
  t.false(torch.isInferenceModeEnabled());
});

test('a guard is let go once', (t) => {
  const guard = torch.noGrad();
  guard[Symbol.dispose]();
  t.true(torch.isGradEnabled());
  using _ = torch.noGrad();
  guard[Symbol.dispose]();
  t.false(torch.isGradEnabled());
});

test('setGradEnabled without a body stays', (t) => {
  torch.setGradEnabled(false);
  t.false(torch.isGradEnabled());
  torch.setGradEnabled(true);
  t.true(torch.isGradEnabled());
  t.throws(() => torch.setGradEnabled(1 as never), { instanceOf: TypeError });
});

const modes = {
  noGrad: torch.noGrad,
  enableGrad: torch.enableGrad,
  inferenceMode: torch.inferenceMode,
  setGradEnabled: <R>(body: () => R) => torch.setGradEnabled(false, body),
};

for (const [name, mode] of Object.entries(modes)) {
  test(`${name}: errors restore the mode and come through`, (t) => {
    const error = new Error('mine');
    const thrown = t.throws(() =>
      mode(() => {
        throw error;
      }),
    );
    t.is(thrown, error);
    t.throws(() =>
      torch.noGrad(() => {
        using _ = torch.enableGrad();
        throw error;
      }),
    );
  });

  test(`${name}: async functions and what is no function are refused`, (t) => {
    t.throws(() => mode(async () => torch.ones(1)), {
      instanceOf: TypeError,
      message: /synchronous/,
    });
    t.throws(() => mode('model' as never), { instanceOf: TypeError, message: /function/ });
  });
}

test('a Promise that is refused and fails later is nobody’s unhandled rejection', async (t) => {
  const failing = async () => {
    await null;
    throw new Error('later');
  };
  t.throws(() => torch.noGrad(failing), { message: /synchronous/ });
  t.throws(() => torch.tidy(failing), { message: /synchronous/ });
  await new Promise((resolve) => setTimeout(resolve, 5));
});

test('code that runs between turns of the event loop does not see a mode', async (t) => {
  const later = Promise.resolve().then(() => torch.isGradEnabled());
  torch.noGrad(() => t.false(torch.isGradEnabled()));
  t.true(await later);
});

test('leaves made without recording still require gradients', (t) => {
  const x = torch.noGrad(leaf);
  t.true(x.requiresGrad);
  x.mul(2).sum().backward();
  t.deepEqual(x.grad?.tolist(), [2, 2]);
});

test('changes in place without recording keep the history', (t) => {
  const x = leaf();
  const y = x.mul(3);
  torch.noGrad(() => y.add_(1));
  y.sum().backward();
  t.deepEqual(x.grad?.tolist(), [3, 3]);
});

test('inference tensors take no part in autograd', (t) => {
  const x = torch.inferenceMode(() => torch.ones(2));
  t.true(x.isInference());
  t.false(torch.ones(2).isInference());
  const { TorchError: instanceOf } = torch;
  t.throws(() => x.requiresGrad_(), { instanceOf, message: /inference tensor/ });
  t.throws(() => leaf().mul(x), { instanceOf, message: /cannot be saved for backward/ });
  t.throws(() => x.add_(1), { instanceOf, message: /Inplace update to inference tensor/ });
  t.throws(() => x._version, { instanceOf, message: /version counter/ });
  t.notThrows(() => leaf().add(x));
  t.notThrows(() => leaf().mul(x.clone()).sum().backward());
  t.deepEqual(torch.inferenceMode(() => x.fill_(5)).tolist(), [5, 5]);
});

test('what is made under inference mode of ordinary tensors', (t) => {
  const x = leaf();
  const y = torch.inferenceMode(() => x.mul(2));
  t.true(y.isInference());
  t.false(y.requiresGrad);
  t.is(y.gradFn, null);
  const view = torch.inferenceMode(() => x.view(2));
  t.false(view.isInference());
  t.throws(
    () =>
      torch.inferenceMode(() => {
        torch
          .enableGrad(() => x.mul(2))
          .sum()
          .backward();
      }),
    { instanceOf: TorchError },
  );
});
