import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ContentKey, Input, InputArguments } from '../../domain/contract/client.ts'
import { CliError } from './cli-error.ts'
import { printable } from './output.ts'
import type { Session } from './session.ts'

export async function saveExport<Key extends ContentKey>(
  { api, show }: Session,
  key: Key,
  input: Input<Key>,
  file: string | undefined,
): Promise<void> {
  const content = Readable.fromWeb(await api.download(key, ...([input] as unknown as InputArguments<Key>)))
  try {
    if (file !== undefined) await pipeline(content, createWriteStream(file, { mode: 0o600 }))
    else if (process.stdout.isTTY) await pipeline(content, escapeControls, process.stdout, { end: false })
    else await pipeline(content, process.stdout, { end: false })
  } catch (error) {
    throw exportFailed(error as NodeJS.ErrnoException, file)
  }
  if (file !== undefined) show({ file }, `Saved to ${file}.\n`)
}

/** Escapes control characters for a terminal; files and pipes receive the text unchanged. */
async function* escapeControls(content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const part of content) {
    yield decoder
      .decode(part, { stream: true })
      .replace(/(?![\t\r\n])[\p{Cc}\p{Bidi_Control}]/gu, character => printable(character))
  }
}

function exportFailed({ syscall, code, message }: NodeJS.ErrnoException, file: string | undefined): CliError {
  if (file !== undefined && syscall !== undefined) {
    return new CliError(`Cannot write ${file} (${code ?? message}).`)
  }
  return new CliError('The connection to the console was lost; the export is incomplete. Try again.')
}
