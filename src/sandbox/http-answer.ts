import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyBytes, type Delivery } from './exchange.ts';
import { nextPadding } from './padding.ts';

const noBytes = Buffer.alloc(0);

/** Puts a delivery on the wire. Ends when all is handed over, or when the caller has gone. */
export async function sendDelivery(
  delivery: Delivery,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (delivery.kind === 'dropped') {
    message.socket.destroy();
    return;
  }
  const { answer } = delivery;
  const bytes = bodyBytes(answer) ?? noBytes;
  const total = delivery.kind === 'padded' ? delivery.toBytes : bytes.length;
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, value);
  const isChunked = answer.headers.some(([name]) => name.toLowerCase() === 'transfer-encoding');
  if (answer.status !== 204 && answer.status !== 304 && !isChunked) headers.push('Content-Length', String(total));
  response.sendDate = false;
  if (answer.statusText === undefined) response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, answer.statusText, headers);
  if (delivery.kind === 'cut') {
    response.write(bytes.subarray(0, delivery.afterBytes), () => message.socket.destroy());
  } else if (message.method === 'HEAD') response.end();
  else if (delivery.kind === 'padded') await sendPadded(response, bytes, total);
  else response.end(bytes);
}

async function sendPadded(response: ServerResponse, head: Uint8Array, total: number): Promise<void> {
  let left = total - head.length;
  let isRoomLeft = response.write(head);
  while (left > 0 && !response.destroyed) {
    if (!isRoomLeft) await roomOrGone(response);
    const piece = nextPadding(left);
    left -= piece.length;
    isRoomLeft = response.write(piece);
  }
  response.end();
}

function roomOrGone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
