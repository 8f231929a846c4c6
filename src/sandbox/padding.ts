const chunkBytes = 64 * 1024;
/** Blanks in lines: after a JSON or XML document they change nothing but its size. */
const blanks = Buffer.from(`${' '.repeat(127)}\n`.repeat(chunkBytes / 128));

/** The next piece of padding when `left` bytes are still to come; made once, so that no amount of it costs memory. */
export function nextPadding(left: number): Uint8Array {
  return blanks.subarray(0, Math.min(left, chunkBytes));
}

/** `head`, and blanks after it up to `total` bytes, made as they are read. */
export function paddedStream(head: Uint8Array, total: number): ReadableStream<Uint8Array> {
  let left = total - head.length;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        if (head.length > 0) controller.enqueue(head);
      },
      pull(controller) {
        if (left <= 0) return controller.close();
        const piece = nextPadding(left);
        left -= piece.length;
        // A copy: whoever reads it owns it.
        controller.enqueue(Uint8Array.from(piece));
      },
    },
    { highWaterMark: 0 },
  );
}
