import { readFile } from 'node:fs/promises'

/**
 * A file's text. UTF-8, or UTF-16 with a byte order mark: that is what `>` of Windows PowerShell writes. Undefined
 * when the bytes are no text.
 */
export async function readText(path: string): Promise<string | undefined> {
  const bytes = await readFile(path)
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}
