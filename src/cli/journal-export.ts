import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Query } from './api-client.ts'
import { CliError } from './cli-error.ts'
import type { Session } from './session.ts'
import { printable } from './words.ts'

/** Writes a file that the API gives to a file, or to the standard output. */
export async function save(
  { api, show }: Session,
  path: string,
  query: Query,
  file: string | undefined,
): Promise<void> {
  const content = Readable.fromWeb(await api.download(path, { query }))
  try {
    if (file !== undefined) await pipeline(content, createWriteStream(file, { mode: 0o600 }))
    else if (process.stdout.isTTY) await pipeline(content, harmless, process.stdout, { end: false })
    else await pipeline(content, process.stdout, { end: false })
  } catch (error) {
    throw brokenOff(error as NodeJS.ErrnoException, file)
  }
  if (file !== undefined) show({ file }, `Saved as ${file}.\n`)
}

/** On a terminal, what clients sent is shown and not obeyed; a file and a pipe get it as it is. */
async function* harmless(content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const part of content) {
    yield decoder
      .decode(part, { stream: true })
      .replace(/(?![\t\r\n])[\p{Cc}\p{Bidi_Control}]/gu, character => printable(character))
  }
}

function brokenOff({ syscall, code, message }: NodeJS.ErrnoException, file: string | undefined): CliError {
  if (file !== undefined && syscall !== undefined) {
    return new CliError(`The file ${file} can't be written (${code ?? message}).`)
  }
  return new CliError(`The console broke off: what was written is not the whole. Ask again.`)
}
