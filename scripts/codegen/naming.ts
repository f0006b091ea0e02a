// The rule lives in lib/, which names the right spelling when a script uses Python's.
export { camelCase } from '../../lib/naming.js';
