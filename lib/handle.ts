/** The slot's id, 0 once the tensor is disposed of. @internal */
export let idOf: (handle: Handle) => number;
/** @internal */
export let setId: (handle: Handle, id: number) => void;
/** Whether an object is a tensor of ours: Proxies and look-alikes are not. @internal */
export let isHandle: (value: object) => value is Handle;

/**
 * The id, for a call where 0 would mean that no tensor is given: native code throws for that of a
 * tensor that has been disposed of.
 *
 * @internal
 */
export const requiredId = (handle: Handle): number => idOf(handle) || -1;

/**
 * What a Tensor holds of libtorch's tensor: the id of a native slot, in a private field that no
 * other code can forge. Everything that crosses to native code goes through here.
 *
 * @internal
 */
export class Handle {
  #id = 0;

  static {
    idOf = (handle) => {
      try {
        return handle.#id;
      } catch {
        throw new TypeError(
          'expected a Tensor that torch made; a Proxy, an heir or a look-alike of one does not do',
        );
      }
    };
    setId = (handle, id) => {
      handle.#id = id;
    };
    isHandle = (value): value is Handle => #id in value;
  }
}
