/** What started last among the calls that wait for their turn. */
let turn: Promise<void> | null = null;

/** Whether calls wait for their turn: whatever comes later must wait as well. */
export const isWaiting = () => turn !== null;

/**
 * Runs `start` once the calls before it have started; what it returns may end later.
 */
export async function inTurn<R>(start: () => Promise<{ ended: Promise<R> }>): Promise<R> {
  const before = turn;
  let begin = () => {};
  const mine = new Promise<void>((resolve) => {
    begin = resolve;
  });
  turn = mine;
  try {
    await before;
    const { ended } = await start();
    return ended;
  } finally {
    begin();
    if (turn === mine) turn = null;
  }
}
