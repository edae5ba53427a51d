const mebibyte = 1024 * 1024

/** Maximum size of a response in bytes, decompressed. */
export const maxResponseSize = 16 * mebibyte

export class ResponseTooLarge extends Error {
  constructor() {
    super(`The response exceeds ${maxResponseSize / mebibyte} MiB; reading stopped.`)
    this.name = 'ResponseTooLarge'
  }
}

/**
 * The body of a response as text. Rejects with `ResponseTooLarge` and closes the connection if the decompressed body
 * exceeds `maxResponseSize`.
 */
export async function readResponseText({ body }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    // Ending the loop cancels the body, and with it the request.
    if (size > maxResponseSize) throw new ResponseTooLarge()
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}
