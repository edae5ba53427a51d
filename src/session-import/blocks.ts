/** The file can't be opened. `message` is one sentence with the reason and the remedy. */
export class SessionFileError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SessionFileError'
  }
}

/** The text of a data block. */
type Block = { readonly name: string; readonly text: string }

const blockStart = '<script type="application/json" data-block="'
const blockEnd = '</script>'
const fileStart = '<!doctype html>'
const fileEnd = '</html>'
/** Bytes before the end of the file among which `fileEnd` must be: editors may add white space. */
const longestEnd = 64
const longestName = 64
/** Bytes. An export ends a block after 256 KiB; a single resource with its history may be longer. */
const longestBlock = 64 * 1024 * 1024

/**
 * The data blocks of a session file, in their order. Everything else in the file is ignored. Throws `SessionFileError` if it is
 * no session file, or incomplete.
 */
export function* readBlocks(file: Buffer): Generator<Block> {
  if (!isSessionFile(file)) {
    throw new SessionFileError(
      'This is not a session file. Choose an HTML file that "Export session" or `scimulator session export` has saved.',
    )
  }
  if (!file.subarray(-longestEnd).includes(fileEnd)) {
    throw new SessionFileError(
      'The session file is incomplete: its end is missing. Export the session again.',
    )
  }
  for (let at = file.indexOf(blockStart); at >= 0; ) {
    const nameStart = at + blockStart.length
    const nameEnd = file.indexOf('">', nameStart)
    const end = file.indexOf(blockEnd, nameStart)
    if (nameEnd < 0 || nameEnd > nameStart + longestName || end < nameEnd) {
      throw new SessionFileError(
        'The session file is damaged: a data block has no end. Export the session again.',
      )
    }
    if (end - nameEnd > longestBlock) {
      throw new SessionFileError(
        `The session can't be opened: a data block is larger than ${longestBlock / 1024 / 1024} MiB.`,
      )
    }
    yield { name: file.toString('utf8', nameStart, nameEnd), text: file.toString('utf8', nameEnd + 2, end) }
    at = file.indexOf(blockStart, end)
  }
}

const isSessionFile = (file: Buffer): boolean =>
  file.subarray(0, fileStart.length).toString().toLowerCase() === fileStart && file.includes(blockStart)
