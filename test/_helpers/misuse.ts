import test from 'ava';
import torch from 'sconce';

type ErrorClass = abstract new (...args: never[]) => Error;

/** A call that throws an error of a class and with a message that says what is wrong. */
export type Wrong = readonly [
  name: string,
  call: () => unknown,
  errorClass: ErrorClass,
  message: RegExp,
];

/** Whatever it is, as what the types ask for. */
export const any = (value: unknown) => value as never;
export const cast = <T>(value: unknown): T => value as T;

/** A member that the types do not know, or know of other values. */
export const read = (owner: unknown, name: string): unknown =>
  (owner as Record<string, unknown>)[name];

/** A call that the types would refuse. */
export const call = (owner: unknown, name: string, ...args: unknown[]): unknown =>
  (read(owner, name) as (...args: unknown[]) => unknown).apply(owner, args);

/** An object with a getter that throws. */
export const throwing = (name: string) => ({
  get [name]() {
    throw new UsersError("the user's own");
  },
});

/** An error of the user's own. */
export class UsersError extends Error {}

/**
 * Makes the calls of each table: none leaves the process, the generator of results or autograd in
 * another state than before.
 */
export function testMisuse(tables: Record<string, readonly Wrong[]>): void {
  for (const [kind, table] of Object.entries(tables)) {
    for (const [name, wrong, instanceOf, message] of table) {
      test(`${kind}: ${name}`, (t) => {
        t.throws(wrong, { instanceOf: any(instanceOf), message });
        t.true(torch.isGradEnabled());
        t.deepEqual(torch.ones(2).add([1, 2].length).tolist(), [3, 3]);
      });
    }
  }
}
