import { SIGNATURE } from "../internal/proxy-protocol.ts";

/** What can be the beginning of a signature that the next chunk ends. */
const CARRY_BYTES = SIGNATURE.length - 1;

/**
 * Finds the PROXY v2 signature in a stream, also across chunks.
 *
 * µWebSockets takes such a header before any request of a connection, so a client that could send one
 * could give itself any address.
 */
export class SignatureScanner {
  /** The last bytes seen, and room for the first ones of the next chunk. */
  readonly #seam: Buffer = Buffer.alloc(2 * CARRY_BYTES);
  #carried = 0;

  /** Whether the signature ends in this chunk. */
  find(chunk: Buffer): boolean {
    const joined = this.#carried + chunk.copy(this.#seam, this.#carried, 0, CARRY_BYTES);
    if (this.#seam.subarray(0, joined).includes(SIGNATURE) || chunk.includes(SIGNATURE))
      return true;
    if (chunk.length >= CARRY_BYTES) {
      this.#carried = chunk.copy(this.#seam, 0, chunk.length - CARRY_BYTES);
    } else {
      const drop = Math.max(0, joined - CARRY_BYTES);
      this.#seam.copyWithin(0, drop, joined);
      this.#carried = joined - drop;
    }
    return false;
  }
}
