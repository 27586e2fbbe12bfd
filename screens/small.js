// A picture in few colours: gives its size, a palette of RGB, and the number of each pixel's colour in it.
async ({ png, most }) => {
  const CLOSE = 12;
  const bytes = Uint8Array.from(atob(png), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = image;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const rgb = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const apart = ([r, g, b], [s, h, c]) => Math.abs(r - s) + Math.abs(g - h) + Math.abs(b - c);

  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const palette = [];
  for (const [pixel] of [...counts].sort(([, one], [, other]) => other - one)) {
    if (palette.length === most) break;
    if (palette.every((taken) => apart(taken, rgb(pixel)) > CLOSE)) palette.push(rgb(pixel));
  }
  const nearest = new Map([...counts.keys()].map((pixel) => {
    const far = palette.map((taken) => apart(taken, rgb(pixel)));
    return [pixel, far.indexOf(Math.min(...far))];
  }));
  const indices = Uint8Array.from(pixels, (pixel) => nearest.get(pixel));
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(new Blob([indices]));
  });
  return { width, height, palette, indices: url.slice(url.indexOf(",") + 1) };
}
