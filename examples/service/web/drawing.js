import { element, request } from './dom.js';

const PEN = 20;
/** While the pen moves, the model is asked at most so often. */
const ASK_MS = 250;

/** The canvas to draw on, and what the model makes of it. */
export function setUpDrawing() {
  const canvas = /** @type {HTMLCanvasElement} */ (element('canvas'));
  const picture = /** @type {HTMLInputElement} */ (element('picture'));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const bars = Array.from({ length: 10 }, (_, digit) => addBar(digit));
  let empty = true;
  let asking = false;
  let askAgain = false;

  function clear() {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    empty = true;
    element('digit').textContent = '?';
    for (const bar of bars) bar(0);
  }

  /** Asks what the drawing shows; one question at a time, the last one never left out. */
  async function ask() {
    if (empty) return;
    askAgain = asking;
    if (asking) return;
    asking = true;
    try {
      /** @type {Blob | null} */
      const body = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
      /** @type {import('./types.js').Prediction} */
      const answer = await request('/api/predict', {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body,
      });
      if (!empty) show(answer);
    } catch (error) {
      element('asked').textContent = /** @type {Error} */ (error).message;
    }
    setTimeout(() => {
      asking = false;
      if (askAgain) ask();
    }, ASK_MS);
  }

  /** @param {import('./types.js').Prediction} prediction */
  function show({ digit, probabilities, job, step }) {
    element('digit').textContent = String(digit);
    element('asked').textContent =
      `Answered by job ${job} after step ${step.toLocaleString('en')}.`;
    for (const [i, probability] of probabilities.entries()) bars[i]?.(probability);
  }

  /** @param {PointerEvent} event */
  function point(event) {
    const { left, top, width } = canvas.getBoundingClientRect();
    const scale = canvas.width / width;
    return [(event.clientX - left) * scale, (event.clientY - top) * scale];
  }

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    Object.assign(context, { lineWidth: PEN, lineCap: 'round', lineJoin: 'round' });
    context.strokeStyle = '#111';
    context.beginPath();
    const [x, y] = point(event);
    context.moveTo(x, y);
    context.lineTo(x, y);
    context.stroke();
    empty = false;
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const [x, y] = point(event);
    context.lineTo(x, y);
    context.stroke();
    ask();
  });
  canvas.addEventListener('pointerup', ask);
  element('clear').addEventListener('click', clear);

  picture.addEventListener('change', async () => {
    const file = picture.files?.[0];
    if (!file) return;
    clear();
    const image = await createImageBitmap(file);
    const scale = Math.min(canvas.width / image.width, canvas.height / image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    const [x, y] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
    context.drawImage(image, x, y, width, height);
    empty = false;
    picture.value = '';
    ask();
  });

  clear();
  return { ask };
}

/** A line with the probability of a digit; gives the function that sets it. */
function addBar(/** @type {number} */ digit) {
  const line = document.createElement('li');
  const meter = document.createElement('meter');
  const text = document.createElement('span');
  meter.setAttribute('aria-label', `probability of ${digit}`);
  line.append(String(digit), meter, text);
  element('bars').append(line);
  return (/** @type {number} */ probability) => {
    meter.value = probability;
    text.textContent = `${Math.round(100 * probability)}%`;
  };
}
