export { type AssertCloseOptions, assertClose } from './comparison.js';
export { type MakeTensorOptions, makeTensor } from './creation.js';
