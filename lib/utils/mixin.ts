/**
 * Copies the members of a class onto a prototype, over what stands there: a large class is so
 * written in several files.
 *
 * @internal
 */
export function installMembers(prototype: object, source: { prototype: object }): void {
  const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(source.prototype);
  Object.defineProperties(prototype, members);
}
