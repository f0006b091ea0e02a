/**
 * sconce's spelling of a PyTorch name: each underscore inside the name goes and the next letter
 * rises; underscores at the front and at the end stay.
 */
export function camelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([^_])/g, (_, letter: string) => letter.toUpperCase());
}

/** Names of Python's that have a counterpart here by another name than the rule gives. */
const counterparts = new Map([
  ['numpy', 'asTypedArray'],
  ['from_numpy', 'fromTypedArray'],
  ['fromNumpy', 'fromTypedArray'],
  ['frombuffer', 'fromArrayBuffer'],
  ['storage', 'untypedStorage'],
]);

/** What is thrown where Python's name of a member is read; undefined where it is no such name. */
export function snakeCaseError(owner: object, name: string): TypeError | undefined {
  const ours = counterparts.get(name) ?? camelCase(name);
  if (ours === name || !(ours in owner)) return undefined;
  return new TypeError(`\`${name}\` is called \`${ours}\` in sconce`);
}
