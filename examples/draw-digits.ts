import { nn, type Tensor } from 'sconce';

const SHADES = [' ', '░', '▒', '▓', '█'];

/** Images of shape [N, 1, H, W] in [-1, 1] as text, side by side, two rows of pixels to a line. */
export function drawDigits(images: Tensor): string {
  const halved = nn.functional.avgPool2d(images, [2, 1]).squeeze(1);
  const rows = halved.add(1).div(2).permute(1, 0, 2);
  const lines = (rows.tolist() as number[][][]).map((images) =>
    images.map((pixels) => pixels.map(shade).join('')).join(' '),
  );
  return lines.join('\n');
}

function shade(brightness: number): string {
  return SHADES[Math.round(brightness * (SHADES.length - 1))] as string;
}
