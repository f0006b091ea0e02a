/** The element of an id. */
export function element(/** @type {string} */ id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * The answer of a request; throws with what the service says is wrong.
 *
 * @param {string} path
 * @param {RequestInit} init
 */
export async function request(path, init) {
  const response = await fetch(path, init);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}
