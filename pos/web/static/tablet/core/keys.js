// Random keys, also where the page is not on a secure address and crypto.randomUUID is not to be had.

/** A key that nobody else makes: 128 random bits in hexadecimal digits. */
export function newKey() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** Bytes as hexadecimal digits. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
