import { readFileSync } from 'node:fs';
import test from 'ava';
import { nn } from 'sconce';
import { camelCase } from '../../lib/naming.js';

const golden: Record<string, string[]> = JSON.parse(
  readFileSync(new URL('../golden/module-names.json', import.meta.url), 'utf8'),
);

// Names of Python's that sconce does not have, and why.
const without: Record<string, string> = {
  T_destination: "a name of Python's type checker",
  call_super_init: "JavaScript's constructors always call super()",
  compile: 'torch.compile',
  dump_patches: 'of torch.save(module), which PyTorch has given up',
  forward: 'in every subclass',
  ipu: 'of a device that sconce does not reach',
  mtia: 'of a device that sconce does not reach',
  xpu: 'of a device that sconce does not reach',
  register_backward_hook: 'deprecated for register_full_backward_hook',
  register_module_backward_hook: 'deprecated for register_module_full_backward_hook',
  clip_grad_norm: 'deprecated for clip_grad_norm_',
  stateless: 'deprecated for torch.func.functional_call',
};

const owners: Record<string, object> = {
  Module: nn.Module.prototype,
  module: nn.modules.module,
  utils: nn.utils,
  rnn: nn.utils.rnn,
  parametrize: nn.utils.parametrize,
  parametrizations: nn.utils.parametrizations,
  prune: nn.utils.prune,
};

test("every name of Python's is here, or has its reason", (t) => {
  const { torch: _, ...lists } = golden;
  t.deepEqual(Object.keys(lists), Object.keys(owners));
  const missing = Object.entries(lists).flatMap(([owner, names]) => {
    const found = owners[owner] as object;
    const here = (name: string) =>
      Object.hasOwn(found, camelCase(name)) || (owner === 'Module' && name === 'training');
    return names.filter((name) => !here(name) && !(name in without));
  });
  t.deepEqual(missing, []);
});
