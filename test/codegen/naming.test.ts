import test from 'ava';
import { camelCase } from '../../scripts/codegen/naming.js';

const cases: [python: string, sconce: string][] = [
  ['add', 'add'],
  ['add_', 'add_'],
  ['zero_grad', 'zeroGrad'],
  ['cross_entropy', 'crossEntropy'],
  ['max_pool2d', 'maxPool2d'],
  ['max_pool2d_with_indices', 'maxPool2dWithIndices'],
  ['atleast_1d', 'atleast1d'],
  ['load_state_dict', 'loadStateDict'],
  ['requires_grad_', 'requiresGrad_'],
  ['_foreach_add_', '_foreachAdd_'],
  ['_fused_sgd_', '_fusedSgd_'],
  ['_linalg__powsum', '_linalgPowsum'],
  ['__and__', '__and__'],
  ['LU_pivots', 'LUPivots'],
  ['mT', 'mT'],
  ['i0e', 'i0e'],
  ['_', '_'],
  ['', ''],
];

for (const [python, sconce] of cases) {
  test(`camelCase: '${python}' is '${sconce}'`, (t) => {
    t.is(camelCase(python), sconce);
    t.is(camelCase(sconce), sconce, 'the rule leaves its own results alone');
  });
}
