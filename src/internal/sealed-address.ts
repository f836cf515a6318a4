import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** One block is one address: a permutation of all addresses that nobody knows without the key. */
const CIPHER = "aes-128-ecb";

/** `::ffff:`, in front of the four bytes of an IPv4 address. */
const MAPPED = Buffer.from("00000000000000000000ffff", "hex");

export function createSealingKey(): string {
  return randomBytes(16).toString("hex");
}

/** 4 or 16 address bytes as 16, in which nobody without the key can name an address of their choice. */
export function sealAddress(address: Uint8Array, key: string): Uint8Array {
  const cipher = createCipheriv(CIPHER, Buffer.from(key, "hex"), null).setAutoPadding(false);
  return cipher.update(address.length === 4 ? Buffer.concat([MAPPED, address]) : address);
}

/** The 4 or 16 bytes that were sealed. */
export function openAddress(sealed: Uint8Array, key: string): Uint8Array {
  const decipher = createDecipheriv(CIPHER, Buffer.from(key, "hex"), null).setAutoPadding(false);
  const address = decipher.update(sealed);
  return address.subarray(MAPPED.equals(address.subarray(0, MAPPED.length)) ? MAPPED.length : 0);
}
