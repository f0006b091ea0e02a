import sharp from 'sharp';
import { PIXELS, SIDE } from './messages.js';

/** What an uploaded picture may measure, and to what it is brought before it is looked at. */
const MOST_PIXELS = 1024 * 1024;
const WORKING_SIDE = 280;

/** As MNIST was made: the digit fits a box of this size, in the middle of the image by its mass. */
const BOX = 20;

/** What is lighter than this is paper. */
const INK = 40;

/** The picture cannot be read, or shows nothing. */
export class BadImage extends Error {}

interface Grey {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Decodes and shrinks a picture in libvips' own threads, not in this one. */
async function decode(picture: Buffer): Promise<Grey> {
  try {
    const { data, info } = await sharp(picture, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
      .flatten({ background: 'white' })
      .greyscale()
      .resize(WORKING_SIDE, WORKING_SIDE, { fit: 'inside', withoutEnlargement: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw new BadImage(`the picture cannot be read: ${(error as Error).message}`);
  }
}

/** Dark ink on light paper becomes light on dark, as it is in MNIST. */
function invertPaper({ data }: Grey): void {
  let sum = 0;
  for (const value of data) sum += value;
  if (sum / data.length < 128) return;
  for (let i = 0; i < data.length; i++) data[i] = 255 - (data[i] as number);
}

/** The smallest box that holds all ink. */
function boxOfInk({ data, width, height }: Grey) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((data[y * width + x] as number) < INK) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  if (right < 0) throw new BadImage('the picture is blank: draw a digit first');
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** An image of 28 by 28, with the mass of the digit in its middle. */
function centre({ data, width, height }: Grey): Uint8Array {
  let [mass, massX, massY] = [0, 0, 0];
  for (const [i, value] of data.entries()) {
    mass += value;
    massX += value * (i % width);
    massY += value * Math.floor(i / width);
  }
  const place = (middle: number, size: number) =>
    Math.min(Math.max(Math.round(SIDE / 2 - 0.5 - middle), 0), SIDE - size);
  const left = place(massX / mass, width);
  const top = place(massY / mass, height);
  const image = new Uint8Array(PIXELS);
  for (let y = 0; y < height; y++) {
    image.set(data.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  }
  return image;
}

/**
 * A picture of a digit, of any size, as MNIST would have it.
 *
 * @throws BadImage where it cannot be read, or shows nothing.
 */
export async function toDigit(picture: Buffer): Promise<Uint8Array> {
  const grey = await decode(picture);
  invertPaper(grey);
  const box = boxOfInk(grey);
  const { data, info } = await sharp(grey.data, {
    raw: { width: grey.width, height: grey.height, channels: 1 },
  })
    .extract(box)
    .resize(BOX, BOX, { fit: 'inside' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return centre({ data, width: info.width, height: info.height });
}
